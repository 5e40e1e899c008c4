"""browser.py - a real browser for tests: W3C WebDriver, standard library only

    with Browser() as b:
        b.go("http://127.0.0.1:8081/")
        b.type("input[name=email]", "anna@example.org")
        b.follow("button")
        assert "Look at your mail" in b.text("main")

Debian's chromium and chromium-driver, without a window and without a sandbox
(tests run as root in containers). Every find waits for what it looks for, up to
WAIT seconds; nothing sleeps for a fixed time. b.complaints() is what the
browser's console said: a policy that was violated, a file that was missing.
"""
import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

WAIT = float(os.environ.get("BROWSER_WAIT", "30"))
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # W3C WebDriver, 12.2


class Missing(AssertionError):
    """Nothing on the page fits."""


class Element:
    def __init__(self, browser, ident):
        self.browser, self.path = browser, "/element/" + ident

    def _get(self, what):
        return self.browser.call("GET", self.path + what)

    @property
    def text(self):
        return self._get("/text")

    def attribute(self, name):
        return self._get("/attribute/" + name)

    def value_of(self, name):
        return self._get("/property/" + name)

    @property
    def gone(self):
        """The page it was on has made room for another."""
        try:
            self._get("/name")
        except Missing:
            return True
        return False

    @property
    def rect(self):
        return self._get("/rect")

    @property
    def shown(self):
        return self._get("/displayed")

    def click(self):
        self.browser.call("POST", self.path + "/click", {})

    def type(self, text):
        self.browser.call("POST", self.path + "/clear", {})
        self.keys(text)

    def keys(self, text):
        self.browser.call("POST", self.path + "/value", {"text": text})


class Browser:
    def __init__(self, width=1280, height=900, dark=False, scripts=True):
        driver = shutil.which("chromedriver")
        if not driver:
            sys.exit("chromedriver is missing: apt-get install chromium-driver")
        self.home = tempfile.mkdtemp(prefix="browser-")
        self.log = open(os.path.join(self.home, "driver.log"), "w+")
        # A group of its own, so that the browser ends with its driver.
        self.process = subprocess.Popen(
            [driver, "--port=0"], stdout=self.log, stderr=self.log,
            stdin=subprocess.DEVNULL, start_new_session=True,
            env=dict(os.environ, HOME=self.home, TMPDIR=self.home))
        self.session = None
        try:
            self.base = "http://127.0.0.1:%d" % self._port()
            self._start(width, height, scripts)
            self.look(width, height, dark)
        except BaseException:
            self.close()
            raise

    def _port(self):
        end = time.monotonic() + WAIT
        while time.monotonic() < end and self.process.poll() is None:
            with open(self.log.name) as log:
                found = re.search(r"started successfully on port (\d+)",
                                  log.read())
            if found:
                return int(found.group(1))
            time.sleep(0.05)
        raise RuntimeError("chromedriver did not start: " + self.log.name)

    def _start(self, width, height, scripts):
        options = {
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu",
                     "--disable-dev-shm-usage", "--no-first-run",
                     "--disable-background-networking", "--hide-scrollbars",
                     "--force-color-profile=srgb",
                     "--window-size=%d,%d" % (width, height),
                     "--user-data-dir=" + os.path.join(self.home, "profile")],
            "prefs": {"intl.accept_languages": "en"},
        }
        if not scripts:
            options["prefs"][
                "profile.managed_default_content_settings.javascript"] = 2
        made = self._http("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
            "timeouts": {"implicit": 0, "pageLoad": int(WAIT * 1000)}}}})
        self.session = made["sessionId"]

    def _http(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.base + path, data, {"Content-Type": "application/json"},
            method=method)
        try:
            with urllib.request.urlopen(request, timeout=WAIT * 3) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as refusal:
            value = json.load(refusal)["value"]
            # The last one is a page that changed while it was looked at.
            if value["error"] in ("no such element", "stale element reference",
                                  "detached shadow root") or \
                    "does not belong to the document" in value["message"]:
                raise Missing(value["message"]) from None
            raise RuntimeError("%s: %s" % (value["error"], value["message"])) \
                from None

    def call(self, method, path, body=None):
        return self._http(method, "/session/" + self.session + path, body)

    def devtools(self, command, **parameters):
        return self.call("POST", "/goog/cdp/execute",
                         {"cmd": command, "params": parameters})

    # -- looking ---------------------------------------------------------

    def look(self, width, height=900, dark=False, printed=False):
        """The width of a phone or of a desk, light or dark, or on paper."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width,
                      height=height, deviceScaleFactor=1, mobile=False)
        self.devtools("Emulation.setEmulatedMedia",
                      media="print" if printed else "",
                      features=[{"name": "prefers-color-scheme",
                                 "value": "dark" if dark else "light"}])

    def picture(self):
        """The whole page as PNG in base64, not only what fits the window."""
        size = self.devtools("Page.getLayoutMetrics")["cssContentSize"]
        shot = self.devtools(
            "Page.captureScreenshot", captureBeyondViewport=True,
            clip={"x": 0, "y": 0, "width": size["width"],
                  "height": min(size["height"], 8000), "scale": 1})
        return shot["data"]

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.picture()))

    def overflow(self):
        """By how many pixels the page is wider than the window."""
        return self.run("return document.documentElement.scrollWidth -"
                        " document.documentElement.clientWidth")

    def complaints(self):
        return [entry["message"] for entry in
                self.call("POST", "/se/log", {"type": "browser"})]

    # -- moving ----------------------------------------------------------

    def go(self, url):
        self.call("POST", "/url", {"url": url})

    @property
    def url(self):
        return self.call("GET", "/url")

    @property
    def title(self):
        return self.call("GET", "/title")

    @property
    def source(self):
        return self.call("GET", "/source")

    def cookies(self):
        return self.call("GET", "/cookie")

    def forget(self):
        self.call("DELETE", "/cookie")

    def run(self, script, *arguments):
        return self.call("POST", "/execute/sync",
                         {"script": script, "args": list(arguments)})

    # -- finding ---------------------------------------------------------

    def all(self, css):
        found = self.call("POST", "/elements",
                          {"using": "css selector", "value": css})
        return [Element(self, one[ELEMENT]) for one in found]

    def wait(self, what, meaning="it"):
        """Until what() is true or gives something; it may raise Missing."""
        end = time.monotonic() + WAIT
        while True:
            try:
                got = what()
                if got:
                    return got
            except Missing:
                pass
            if time.monotonic() > end:
                raise Missing("waited in vain for %s at %s:\n%s" % (
                    meaning, self.url, self.source[:3000]))
            time.sleep(0.05)

    def find(self, css, text=None):
        """The first element that fits, and has `text` in it."""
        def look():
            for element in self.all(css):
                if text is None or text in element.text:
                    return element
            return None
        return self.wait(look, "%s %s" % (css, text or ""))

    def _do(self, css, text, act):
        """act(element); once more if the page changed in between."""
        def attempt():
            return [act(self.find(css, text))]
        return self.wait(attempt, "%s %s" % (css, text or ""))[0]

    def text(self, css="body"):
        return self._do(css, None, lambda element: element.text)

    def click(self, css, text=None):
        """What stays on its page; see follow()."""
        self._do(css, text, Element.click)

    def follow(self, css, text=None):
        """A click that leads to another page, or to this one anew: what
        comes after looks at the new one, and the server has answered."""
        old = self.find("html")
        self.click(css, text)
        self.wait(lambda: old.gone, "another page after %s %s" % (
            css, text or ""))

    def type(self, css, text):
        self._do(css, None, lambda element: element.type(text))

    def choose(self, css, value):
        """An option of a select, by its value."""
        self.click('%s option[value="%s"]' % (css, value))

    def press(self, *keys):
        """Keys on whatever has the focus, as WebDriver's 17.4.2 names them."""
        actions = []
        for key in keys:
            actions += [{"type": "keyDown", "value": key},
                        {"type": "keyUp", "value": key}]
        self.call("POST", "/actions", {"actions": [
            {"type": "key", "id": "keyboard", "actions": actions}]})

    # -- ending ----------------------------------------------------------

    def close(self):
        try:
            if self.session:
                self.call("DELETE", "")
        except (OSError, RuntimeError):
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Tap:
    """ok and not ok, for prove. `with tap("does so"): assert ..`"""

    def __init__(self):
        self.count = self.failed = 0
        self.name = ""

    def __call__(self, name):
        self.name = name
        return self

    def __enter__(self):
        return self

    def __exit__(self, kind, value, _):
        self.count += 1
        if kind is None:
            print("ok %d - %s" % (self.count, self.name), flush=True)
            return False
        self.failed += 1
        print("not ok %d - %s" % (self.count, self.name))
        for line in ("%s: %s" % (kind.__name__, value)).splitlines():
            print("# " + line)
        sys.stdout.flush()
        return issubclass(kind, Exception)  # the next one may still hold

    def done(self):
        print("1..%d" % self.count)
        sys.exit(1 if self.failed else 0)
