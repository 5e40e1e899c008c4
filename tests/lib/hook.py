#!/usr/bin/env python3
"""hook.py BASE HOOK FILE HOW NOW_MS - send a webhook as its vendor would.

HOW: right, wrong (another secret), missing, old, other (another body under the
same id), signed (SmartRecruiters with a key), each (of a file with an event on
each line, right). Prints the HTTP status and the words."""
import base64, hashlib, hmac, sys, urllib.error, urllib.request

base, hook, path, how, now = sys.argv[1:6]
secret = b"s3cret-of-" + hook.encode()
if how == "wrong":
    secret = b"another"
now = int(now) - (2 * 86400000 if how == "old" else 0)


def mac(text, key=secret):
    return hmac.new(key, text, hashlib.sha256)


def send(body, how):
    headers = {"Content-Type": "application/json"}
    if hook == "lever":
        token = b"5f8c-token"
        sign = mac(token + b"%d" % now).hexdigest().encode()
        body = body.replace(b"@TRIGGERED@", b"%d" % now).replace(b"@TOKEN@", token)
        if how == "missing":
            body = body.replace(b'"signature":"@SIGNATURE@",', b"")
        body = body.replace(b"@SIGNATURE@", sign)
    elif hook == "standard":
        stamp = "%d" % (now // 1000)
        ident = "msg_" + hashlib.sha256(body).hexdigest()[:8]
        signed = (ident + "." + stamp + ".").encode() + body
        sign = base64.b64encode(mac(signed).digest())
        headers.update({"webhook-id": ident, "webhook-timestamp": stamp})
        if how != "missing":
            headers["webhook-signature"] = "v1,AAAA v1," + sign.decode()
    elif how != "missing":
        hexed = mac(body).hexdigest()
        name, value = {
            "greenhouse": ("Signature", "sha256 " + hexed),
            "ashby": ("Ashby-Signature", "sha256=" + hexed),
            "workable": ("X-Workable-Signature", hexed),
            "merge": ("X-Merge-Webhook-Signature",
                      base64.urlsafe_b64encode(mac(body).digest()).decode()),
            "smartrecruiters": ("Authorization", secret.decode()),
        }[hook]
        headers[name] = value
    if how == "signed":  # smartrecruiters, once the subscription has a key
        headers = {"smartrecruiters-timestamp": "%d" % (now // 1000),
                   "event-id": "e-1", "event-name": "application.status.updated",
                   "event-version": "v201910",
                   "link": "<https://api.example/x>; rel=self"}
        names = ("event-id", "event-name", "event-version", "link")
        text = b"%d." % (now // 1000) + body
        text += "".join("." + headers[name] for name in names).encode()
        headers["smartrecruiters-signature"] = "v1=00;v1=" + mac(text).hexdigest()
    if how == "other":  # signed for the first body
        body = body.replace(b"active", b"hired")
    if how == "handshake":
        headers = {"X-Hook-Secret": "hello-there"}
    request = urllib.request.Request(base + "/hooks/" + hook, body, headers)
    try:
        answer = urllib.request.urlopen(request, timeout=20)
    except urllib.error.HTTPError as error:
        answer = error
    print(answer.status, answer.read().decode().strip(), end="")
    print("", (answer.headers["X-Hook-Secret"] or "") if how == "handshake" else "")


with open(path, "rb") as file:
    text = file.read().strip()
for one in text.splitlines() if how == "each" else [text]:
    send(one, how)
