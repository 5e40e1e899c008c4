#!/bin/sh
# t2220-preview-page.sh - the preview's page in a real browser
. "$(dirname "$0")/lib/lib.sh"
"$NURTURE" --no-input -q init "$TMP/ws"
: >"$TMP/url"
background "$NURTURE" -C "$TMP/ws" preview backend-nurture --serve --listen 127.0.0.1:0 >"$TMP/url"
wait_for "$TMP/url"
url=$(sed -n 's/^Preview at \([^ ]*\) .*/\1/p' "$TMP/url")
PYTHONPATH="$tests/lib" PYTHONDONTWRITEBYTECODE=1 python3 - "$url" "$TMP/ws/campaigns/backend-nurture/welcome.md" "${LOOK:-}" <<'END_OF_TEST'
import sys
from browser import Browser, Tap

url, mail, pictures = sys.argv[1:]
tap = Tap()


def replace(old, new):
    with open(mail, encoding="utf-8") as file:
        text = file.read()
    assert old in text, old
    with open(mail, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new))


def frame(b, name, script):
    """What a script says inside of the mail's frame."""
    element = b.find("." + name + " iframe")
    b.call("POST", "/frame", {"id": {
        "element-6066-11e4-a52e-4f735466cecf": element.path.split("/")[-1]}})
    try:
        return b.run(script)
    finally:
        b.call("POST", "/frame", {"id": None})


def picture(b, name):
    if pictures:
        b.screenshot("%s/%s.png" % (pictures, name))


with Browser() as b:
    b.go(url)
    with tap("nobody reads the fallbacks"):
        b.find(".inbox", "Hello, a note from")
        b.find(".text", "Hi there,")
    with tap("another person is a click away"):
        b.follow("nav[aria-label=Person] a", "anna")
        b.find(".inbox", "Anna, ein Gruß")
        b.find("nav[aria-label=Person] a[aria-current]", "anna")
    with tap("so is a variant"):
        b.follow("nav[aria-label=Person] a", "blank")
        b.follow("nav[aria-label=Variant] a", "b")
        b.find("h1", "variant b")
        b.find(".inbox", "The job that ran twice")
    with tap("so is another mail"):
        b.follow("nav[aria-label=Mail] a", "team")
        b.find(".inbox", "Who you would work with")
    with tap("the two widths are those of a phone and a desk"):
        assert frame(b, "phone", "return innerWidth") == 360
        assert frame(b, "desktop", "return innerWidth") == 700
    colour = "return getComputedStyle(document.body).backgroundColor"
    with tap("dark is dark, and light is light, whatever the computer likes"):
        b.look(1280, dark=True)
        assert frame(b, "phone", colour) == "rgb(243, 245, 247)"
        b.follow("nav[aria-label=Theme] a", "dark")
        b.find("nav[aria-label=Theme] a[aria-current]", "dark")
        assert frame(b, "phone", colour) == "rgb(20, 24, 29)"
        picture(b, "page-dark")
        b.look(1280)
    with tap("the header fields are there"):
        b.find(".raw", "List-Unsubscribe:")
    with tap("a file that is saved is shown without being asked for"):
        b.go(url + "?as=anna&mail=welcome&variant=")
        b.go(url + "?as=blank")
        b.find(".text", "Hi there,")
        replace("Last autumn we ran", "Last spring we ran")
        b.find(".text", "Last spring we ran")
        picture(b, "page")
    with tap("so is what is wrong with it, and that it is mended"):
        replace("{{ first_name | first_word or \"there\" }}", "{{ frist_name }}")
        b.find(".wrong", "did you mean 'first_name'?")
        picture(b, "page-wrong")
        replace("{{ frist_name }}", "{{ first_name or \"there\" }}")
        b.find(".text", "Hi there,")
    with tap("nothing is wider than the window"):
        assert b.overflow() <= 0, b.overflow()
        b.look(400)
        b.go(url + "?as=blank")
        assert b.overflow() <= 0, b.overflow()
        picture(b, "page-phone")
    with tap("the browser complains of nothing"):
        assert not b.complaints(), b.complaints()
tap.done()
END_OF_TEST
