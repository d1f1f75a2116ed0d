"""Decrypts the personal fields of one record of Letopis; needs the package `cryptography`.

stdin: {"headers": {…}, "value": {…}, "key": "<customer id>", "publishingKey": "<base64>"}, stdout: the value, whole.
"""
import base64, json, sys
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

record = json.load(sys.stdin)
headers, value = record["headers"], record["value"]
sealed = value.pop("sealed", None)
if sealed:
    if "ce_id" in headers:
        stream = headers["ce_subject"]
        sealed_as = [stream, headers["ce_id"], headers["ce_type"], int(headers["ce_schemaversion"]), stream]
    else:  # a card
        stream = "relationship-" + record["key"]
        sealed_as = [stream, headers["letopis_position"], "customer", 1, stream]
    additional = json.dumps([*sealed_as, sealed["keyId"]], separators=(",", ":"), ensure_ascii=False).encode()
    nonce, ciphertext = (base64.b64decode(sealed[name]) for name in ("nonce", "ciphertext"))
    personal = AESGCM(base64.b64decode(record["publishingKey"])).decrypt(nonce, ciphertext, additional)
    for pointer, taken in json.loads(personal).items():
        *path, last = (token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:])
        at = value
        for token in path:
            at = at[int(token)] if isinstance(at, list) else at[token]
        at[last] = taken
print(json.dumps(value, ensure_ascii=False))
