# Reads and empties a maildrop with poplib, as told in JSON; prints what it saw in JSON.
import hashlib
import json
import poplib
import ssl
import sys

told = json.loads(sys.argv[1])
context = ssl._create_unverified_context()
if told.get("tls") == "tls":
    pop = poplib.POP3_SSL("127.0.0.1", told["port"], context=context, timeout=20)
else:
    pop = poplib.POP3("127.0.0.1", told["port"], timeout=20)
try:
    if told.get("tls") == "stls":
        pop.stls(context)
    seen = {"capabilities": sorted(pop.capa())}
    if told.get("utf8"):
        pop.utf8()
    pop.user(told["user"])
    pop.pass_(told["password"])
    seen["stat"] = pop.stat()
    seen["list"] = [line.decode() for line in pop.list()[1]]
    seen["uidl"] = [line.decode() for line in pop.uidl()[1]]
    pop.noop()
    hashes = []
    for number in range(1, seen["stat"][0] + 1):
        lines = pop.retr(number)[1]
        hashes.append(hashlib.sha256(b"".join(line + b"\r\n" for line in lines)).hexdigest())
    seen["hashes"] = hashes
    if hashes:
        seen["top"] = [line.decode("latin-1") for line in pop.top(1, 1)[1]]
        pop.dele(1)
        pop.rset()
    for number in told.get("delete", []):
        pop.dele(number)
    if told.get("drop"):
        pop.close()
    else:
        pop.quit()
    print(json.dumps(seen))
except poplib.error_proto as error:
    print(json.dumps({"error": error.args[0].decode()}))
