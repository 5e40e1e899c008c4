#!/bin/sh
# t2500-manual.sh - completions and manual pages know every command and option
. "$(dirname "$0")/lib/lib.sh"
commands=$("$NURTURE" help --commands)
set -- $commands
plan $(($# + 9))
is "the help lists the same commands" "$("$NURTURE" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')" "$commands"
for shell in bash zsh fish; do
    "$NURTURE" completion $shell >"$TMP/$shell"
done
ok "the completion for bash is a script" bash -n "$TMP/bash"
cat >"$TMP/try" <<'B'
. "$1"
COMP_WORDS=(nurture pla) COMP_CWORD=1; _nurture; echo "${COMPREPLY[*]}"
COMP_WORDS=(nurture -C x launch --ye) COMP_CWORD=4; _nurture; echo "${COMPREPLY[*]}"
COMP_WORDS=(nurture candidates imp) COMP_CWORD=2; _nurture; echo "${COMPREPLY[*]}"
COMP_WORDS=(nurture preview spr) COMP_CWORD=2; _nurture; echo "${COMPREPLY[*]}"
COMP_WORDS=(nurture segment explain da) COMP_CWORD=3; _nurture; echo "${COMPREPLY[*]}"
COMP_WORDS=(nurture explain E20) COMP_CWORD=2; _nurture; echo "${COMPREPLY[*]:0:2}"
B
mkdir -p "$TMP/bin" "$TMP/campaigns" "$TMP/segments"
ln -s "$(realpath "$NURTURE")" "$TMP/bin/nurture"
: >"$TMP/campaigns/spring-news.md" && : >"$TMP/segments/dach.seg"
PATH=$TMP/bin:$PATH
is "it completes commands, options, words, names and codes" "$(cd "$TMP" && bash "$TMP/try" "$TMP/bash")" "plan
--yes
import
spring-news
dach
E201 E202"
# The same words as zsh gives a completion, whose builtins say what they get.
cat >"$TMP/try.zsh" <<'Z'
compadd() { print -r -- "$*" | tr ' ' '\n' | grep -x -- "$word.*" }
_describe() { print -rl -- "${(@P)2}" | grep "^$word" }
_files() { }
t() { words=("$@"); CURRENT=$#; word=$words[-1]; . "$script"; }
script=$1
t nurture pla
t nurture -C x launch --ye
t nurture candidates imp
t nurture preview spr
t nurture segment explain da
t nurture explain E201
Z
if command -v zsh >/dev/null; then
    is "that for zsh completes the same" "$(cd "$TMP" && zsh -f "$TMP/try.zsh" "$TMP/zsh")" "plan:Who would get what, and when; sends nothing
--yes
import
spring-news
dach
E201"
else
    report 0 "that for zsh completes the same # SKIP no zsh"
fi
if command -v fish >/dev/null; then
    is "that for fish too" "$(cd "$TMP" && fish --no-config -c 'source $argv[1]
for line in "nurture pla" "nurture -C x launch --ye" "nurture candidates imp" "nurture preview spr" "nurture segment da" "nurture explain E201"
    complete -C "$line" | string replace -r "\t.*" ""
end' "$TMP/fish")" "plan
--yes
import
spring-news
dach
E201"
else
    report 0 "that for fish too # SKIP no fish"
fi
ok "that for fish has every command" sh -c 'for c in '"$(echo $commands)"'; do grep -q "__nurture_on -a $c -d" "$0" || exit 1; done' "$TMP/fish"
status_is "another shell is a usage error" 2 "$NURTURE" completion ksh
mandoc=$(command -v mandoc || true)
lint() { # FILE
    [ -z "$mandoc" ] || mandoc -Tlint -Wwarning "$1"
}
"$NURTURE" help --man >"$TMP/nurture.1"
ok "nurture.1 is well-formed" lint "$TMP/nurture.1"
"$NURTURE" help --man settings >"$TMP/nurture.yaml.5"
ok "nurture.yaml.5 is well-formed" lint "$TMP/nurture.yaml.5"
for c in $commands; do
    "$NURTURE" help --man "$c" >"$TMP/nurture-$c.1"
    options=$("$NURTURE" "$c" --help 2>/dev/null | sed -n 's/^  \(-., \)\{0,1\}--\([a-z-]*\).*/\2/p' | grep -v '^help$' || true)
    missing=
    for o in $options; do grep -q "^\.It .*Fl -$o\( \|$\)" "$TMP/nurture-$c.1" || missing="$missing $o"; done
    [ "$c" = help ] && missing=
    lint "$TMP/nurture-$c.1" >"$TMP/lint" || missing="$missing $(cat "$TMP/lint")"
    is "nurture-$c.1 has every option" "$missing" ""
done
done_testing
