"""webtoken.py KEYS MESSAGE KIND LINK [KEY] - a web token, made by another
implementation from the key file and what include/nurture/token.h says"""
import base64
import hashlib
import hmac
import sys

CLICK, OPEN, OPT_OUT, PREFERENCES, INTEREST, VIEW, CONFIRM = range(1, 8)


def web_token(keys, message, kind, link=0, number=1):
    secret = bytes.fromhex(open(keys).read().split()[2 * number - 1])
    head = bytes([number << 4 | kind]) + base64.b32decode(message.upper()) + \
        link.to_bytes(2, "big")
    key = hmac.new(b"\0" * 32, secret, hashlib.sha256).digest()
    key = hmac.new(key, b"web-%d" % kind + b"\1", hashlib.sha256).digest()
    mac = hmac.new(key, head, hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(head + mac).decode().rstrip("=")


if __name__ == "__main__":
    print(web_token(sys.argv[1], sys.argv[2], int(sys.argv[3]),
                    int(sys.argv[4]), int((sys.argv + [1])[5])))
