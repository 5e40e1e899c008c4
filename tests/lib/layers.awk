# layers.awk - which #include breaks the table of docs/ARCHITECTURE.md
#
# Reads every source file once, then judges. By rule a .c file includes its own
# header first: the directory of that file implements the header, and owns it.
# A header of plain types that nobody implements belongs to core.
BEGIN {
    allowed = " campaigns/templates campaigns/mta mta/templates" \
              " tracking/templates tracking/mta "
}
FNR == 1 {
    dir = FILENAME
    sub(/\/.*/, "", dir)
    exists[FILENAME] = 1
    first = 1
}
/^#include "/ {
    split($0, part, "\"")
    header = part[2]
    n++
    file_of[n] = FILENAME
    dir_of[n] = dir
    header_of[n] = header
    if (FILENAME ~ /\.c$/ && dir != "cli" && header ~ /^nurture\//) {
        if (first && !(header in owner))
            owner[header] = dir
        # .. or has a private header before it, and is named after it
        stem = header
        sub(/^nurture\//, "", stem)
        sub(/\.h$/, "", stem)
        gsub(/-/, "_", stem)
        base = FILENAME
        sub(/^[^\/]*\//, "", base)
        if ((base == stem ".c" || index(base, stem "_") == 1) &&
            !(header in named))
            named[header] = dir
    }
    first = 0
}
function judge(file, dir, header,    of) {
    if (header !~ /^nurture\//) {
        if (header ~ /\//)
            print file ": includes " header " of another directory"
        else if (!((dir "/" header) in exists))
            print file ": " header " is not in " dir "/"
        return
    }
    if (!(("include/" header) in exists))
        print file ": there is no include/" header
    of = header in owner ? owner[header] : named[header]
    if (of != "" && of != dir && of != "core" && dir != "cli" &&
        !index(allowed, " " dir "/" of " "))
        print file ": " dir " may not include " header " of " of
}
END {
    for (i = 1; i <= n; i++)
        if (dir_of[i] != "include")
            judge(file_of[i], dir_of[i], header_of[i])
}
