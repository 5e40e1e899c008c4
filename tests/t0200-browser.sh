#!/bin/sh
# t0200-browser.sh - the browser of the tests sees pages as people do
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/page.html" <<'END_OF_PAGE'
<!doctype html><html lang="en"><head><meta charset="utf-8"><meta
name="viewport" content="width=device-width,initial-scale=1"><title>Page</title>
<style>:root{color-scheme:light dark}p{color:rgb(1,2,3)}
@media (prefers-color-scheme:dark){p{color:rgb(9,9,9)}}</style></head>
<body><main><p id="p">one</p><form action="page.html"><label>Name <input
name="name"></label><select name="s"><option value="a">A</option><option
value="b">B</option></select><button>Go</button></form>
<div id="wide">.</div><script>console.error("seen")</script></main></body></html>
END_OF_PAGE
PYTHONPATH="$here/lib" PYTHONDONTWRITEBYTECODE=1 python3 - "$work" <<'END_OF_TEST'
import sys
from browser import Browser, Tap

page = "file://" + sys.argv[1] + "/page.html"
colour = "return getComputedStyle(document.getElementById('p')).color"
tap = Tap()
with Browser() as b:
    with tap("finds, types, chooses and clicks"):
        b.go(page)
        b.type("input[name=name]", "Zoë")
        b.choose("select", "b")
        b.follow("button", "Go")
        b.wait(lambda: "name=Zo%C3%AB&s=b" in b.url, "the form")
    with tap("hears what the console says"):
        assert any("seen" in line for line in b.complaints())
    with tap("looks light, dark, wide and narrow"):
        assert b.run(colour) == "rgb(1, 2, 3)", b.run(colour)
        b.look(320, dark=True)
        assert b.run(colour) == "rgb(9, 9, 9)", b.run(colour)
        b.wait(lambda: b.run("return innerWidth") == 320, "the phone")
        b.run("document.getElementById('wide').style.width = '500px'")
        assert b.overflow() > 0, b.overflow()
    with tap("takes pictures of whole pages"):
        b.screenshot(sys.argv[1] + "/page.png")
        assert open(sys.argv[1] + "/page.png", "rb").read(4) == b"\x89PNG"
tap.done()
END_OF_TEST
