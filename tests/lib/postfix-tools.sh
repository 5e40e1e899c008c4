#!/bin/sh
# postfix-tools.sh - print where smtp-sink and smtp-source are, unpacked from
# Debian's package under build/ without installing a mail server
set -eu
cd "$(dirname "$0")/../.."
dir=$PWD/build/postfix
if [ ! -x "$dir/usr/sbin/smtp-sink" ]; then
    # Another test may be at it: each unpacks its own, the first one stays.
    mkdir -p build
    new=$(mktemp -d build/postfix.XXXXXX)
    (cd "$new" && apt-get download -qq postfix >/dev/null 2>&1 && for d in postfix_*.deb; do dpkg-deb -x "$d" .; done)
    mv -T "$new" "$dir" 2>/dev/null || rm -rf "$new"
fi
# Libraries that a bare machine lacks must not look like a refusing server.
LD_LIBRARY_PATH=$dir/usr/lib/postfix ldd "$dir/usr/sbin/smtp-sink" 2>/dev/null | grep -q "not found" && exit 1
echo "$dir"
