"""Goes through T002-06 with Python's imaplib: argv[1] is JSON with host, port, tls, user, password.

Prints one JSON object: what each step was answered with.
"""

import imaplib
import json
import ssl
import sys

told = json.loads(sys.argv[1])
unverified = ssl.create_default_context()
unverified.check_hostname = False
unverified.verify_mode = ssl.CERT_NONE

if told["tls"] == "tls":
    client = imaplib.IMAP4_SSL(told["host"], told["port"], ssl_context=unverified)
else:
    client = imaplib.IMAP4(told["host"], told["port"])
    if told["tls"] == "starttls":
        client.starttls(unverified)

said = {}
client.login(told["user"], told["password"])
said["list"] = [line.decode() for line in client.list()[1]]
client.create("Work")
text = b"Subject: zanahoria\r\nFrom: a@example.com\r\n\r\nh\xc3\xb6he\r\n"
client.append("INBOX", "(\\Flagged)", None, text)
said["select"] = client.select("INBOX")[1][0].decode()
said["found"] = client.search(None, "SUBJECT", "ZANAHORIA")[1][0].decode()
said["none"] = client.search(None, "SUBJECT", "zebra")[1][0].decode()
client.copy("1", "Work")
said["fetched"] = client.uid("FETCH", "1", "(BODY[])")[1][0][1] == text
client.store("1", "+FLAGS", "\\Deleted")
said["expunged"] = client.expunge()[1][0].decode()
said["left"] = client.select("INBOX")[1][0].decode()
said["work"] = client.status("Work", "(MESSAGES)")[1][0].decode()
client.logout()
print(json.dumps(said))
