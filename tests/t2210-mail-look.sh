#!/bin/sh
# t2210-mail-look.sh - mails as a browser shows them: contrast, sizes, structure
#
# Every mail of the examples and one with everything that can be written, for
# people who have everything and nothing, at the width of a phone and of a desk,
# light, dark and with colours turned round by force. LOOK=DIR keeps pictures.
. "$(dirname "$0")/lib/lib.sh"
"$NURTURE" --no-input -q init "$TMP/ws"
n() { "$NURTURE" -q -C "$TMP/ws" "$@"; }
cat >"$TMP/ws/campaigns/everything.md" <<'END_OF_MAIL'
---
name: Everything
status: draft
audience: everyone
from: anna-schmidt
subject: Everything a mail can hold
preheader: Headings, lists, a picture, code and a quotation.
---
# One heading

Hi {{ first_name | first_word or "there" }}, this is *how* it **looks**, with
[a link in a line](https://kestrel.example/a) and `code` too.

![Three people at a whiteboard](whiteboard.png)

## A list of things

- The first, which is long enough that it has to be broken into a second line on a telephone
- The second
  1. inside it
  2. and again

> What somebody said, and [where](https://kestrel.example/said).

### The smallest heading

    a line of code that is much too long for the width of a telephone and has to go somewhere

***

[Press this](https://kestrel.example/b){button}

Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft

<https://kestrel.example/an/address/that/goes/on/and/on/and/on/until/it/is/wider/than/any/telephone>
END_OF_MAIL
python3 - "$TMP/ws" <<'END_OF_PICTURE'
import os, struct, sys, zlib
os.makedirs(sys.argv[1] + "/images", exist_ok=True)
row = b"\0" + b"\x40\x80\xc0" * 320
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
with open(sys.argv[1] + "/images/whiteboard.png", "wb") as f:
    f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 320, 180, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(row * 180)) + chunk(b"IEND", b""))
END_OF_PICTURE
for mail in everything engineering-update backend-nurture/welcome backend-nurture/team backend-nurture/salary backend-nurture/check-in; do
    for who in anna blank; do
        n preview "$mail" --html --as $who | sed "s|src=\"cid:|src=\"file://$TMP/ws/images/|" \
            >"$TMP/$(echo "$mail" | tr / -)-$who.html"
        n preview "$mail" --text --as $who | sed '1,/^$/d' >"$TMP/$(echo "$mail" | tr / -)-$who.txt"
    done
done
PYTHONPATH="$tests/lib" PYTHONDONTWRITEBYTECODE=1 python3 - "$TMP" "$tests/lib/mail-look.js" "${LOOK:-}" <<'END_OF_TEST'
import glob, os, re, sys
from browser import Browser, Tap

folder, script, pictures = sys.argv[1:]
code = open(script).read()
look = code + "return mailLook(arguments[0]);"
pixels = code + "return mailPixels(arguments[0]);"
tap = Tap()


def words(text):
    return set(re.findall(r"\w+", text.lower()))


with Browser() as b:
    for page in sorted(glob.glob(folder + "/*.html")):
        name = os.path.basename(page)[:-5]
        with tap(name + " is light enough to be shown whole"):
            assert 0 < os.path.getsize(page) < 80 * 1024, os.path.getsize(page)
        with tap(name + " says the same in its text part"):
            b.go("file://" + page)
            html = words(b.run("return document.body.innerText"))
            with open(page[:-4] + "txt", encoding="utf-8") as file:
                text = words(file.read())
            assert len(html & text) >= 0.9 * len(html), html - text
        for width in 320, 640:
            for theme in "light", "dark", "forced":
                with tap("%s at %d pixels, %s" % (name, width, theme)):
                    b.look(width, dark=theme == "dark")
                    b.devtools("Emulation.setAutoDarkModeOverride", enabled=theme == "forced")
                    b.go("file://" + page)
                    if pictures:
                        b.screenshot("%s/%s-%d-%s.png" % (pictures, name, width, theme))
                    wrong = b.run(look, width)
                    wrong += b.run(pixels, b.picture())
                    assert not wrong, "\n".join(wrong)
tap.done()
END_OF_TEST
