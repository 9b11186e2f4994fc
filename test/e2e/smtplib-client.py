"""Sends one message with Python's smtplib, as told by JSON in argv[1], text from standard input.

Prints the SHA-256 of the bytes it handed to smtplib, or the name of the error and its code.
"""

import hashlib
import json
import smtplib
import ssl
import sys
from email.message import EmailMessage
from email.policy import SMTP

told = json.loads(sys.argv[1])
unverified = ssl.create_default_context()
unverified.check_hostname = False
unverified.verify_mode = ssl.CERT_NONE


def opened():
    place = (told["host"], told["port"])
    if told.get("tls") == "tls":
        return smtplib.SMTP_SSL(*place, context=unverified, timeout=30)
    smtp = smtplib.SMTP(*place, timeout=30)
    if told.get("tls") == "starttls":
        smtp.starttls(context=unverified)
    return smtp


def text():
    given = sys.stdin.buffer.read()
    if "attachment" not in told:
        return given
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = told["from"], ", ".join(told["to"])
    message["Subject"] = told["attachment"]
    message.set_content("With an attachment: ¡adiós!\n")
    message.add_attachment(
        given, maintype="application", subtype="octet-stream", filename=told["attachment"]
    )
    return message.as_bytes()


def log_in(smtp):
    smtp.ehlo_or_helo_if_needed()
    mechanism = told.get("mechanism")
    if mechanism is None:
        smtp.login(told["user"], told["password"])
        return
    smtp.user, smtp.password = told["user"], told["password"]
    by = {"PLAIN": smtp.auth_plain, "LOGIN": smtp.auth_login}[mechanism]
    smtp.auth(mechanism, by, initial_response_ok=told.get("initial", True))


try:
    with opened() as smtp:
        if told.get("helo"):
            smtp.helo("client.example")
        if "user" in told:
            log_in(smtp)
        message = text()
        for _ in range(told.get("times", 1)):
            smtp.sendmail(told["from"], told["to"], message, told.get("options", []))
    print(hashlib.sha256(message).hexdigest())
except smtplib.SMTPRecipientsRefused as error:
    print("SMTPRecipientsRefused", *[code for code, _ in error.recipients.values()])
except smtplib.SMTPResponseException as error:
    print(type(error).__name__, error.smtp_code)
