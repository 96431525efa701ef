"""An authenticator in software: EC keys, and the answers that a browser would send."""

import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url

from nexus_portal.services import passkey_sign_in, passkeys
from nexus_portal.services.sessions import Visit
from nexus_portal.services.use_case import perform

ORIGIN = "http://localhost:8000"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
Options = dict[str, Any]


@dataclass
class Authenticator:
    """One key pair. Another `origin` or `rp_id` makes it answer as for a page of somebody else."""

    origin: str = ORIGIN
    rp_id: str = "localhost"
    verifies: bool = True
    counts: bool = True
    count: int = 0
    handle: bytes = b""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def create(self, options: str) -> str:
        """What `navigator.credentials.create` gives, as JSON."""
        asked: Options = json.loads(options)
        numbers = self.key.public_key().public_numbers()
        public = cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        )
        attested = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + public
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED) + attested}
        return self._answer(
            clientDataJSON=self._client_data("webauthn.create", asked["challenge"]),
            attestationObject=cbor2.dumps(attestation),
            transports=["internal"],
        )

    def sign(self, options: str) -> str:
        """What `navigator.credentials.get` gives, as JSON."""
        asked: Options = json.loads(options)
        self.count += 1 if self.counts else 0
        data, client = self._data(0), self._client_data("webauthn.get", asked["challenge"])
        signed = data + hashlib.sha256(client).digest()
        return self._answer(
            clientDataJSON=client,
            authenticatorData=data,
            signature=self.key.sign(signed, ec.ECDSA(hashes.SHA256())),
            userHandle=self.handle,
        )

    def _client_data(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _data(self, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _answer(self, **response: bytes | list[str]) -> str:
        own = bytes_to_base64url(self.credential_id)
        said = {
            name: bytes_to_base64url(value) if isinstance(value, bytes) else value
            for name, value in response.items()
        }
        return json.dumps({"id": own, "rawId": own, "type": "public-key", "response": said})


def enrolled_key(visit: Visit, name: str = "Phone", **traits: Any) -> Authenticator:
    """An authenticator with a passkey of the person who is signed in here."""
    assert visit.user_id is not None
    made = Authenticator(handle=visit.user_id.bytes, **traits)
    answer = made.create(perform(passkeys.options, visit.actor))
    perform(passkeys.add, visit.actor, name=name, answer=answer)
    return made


def answered(authenticator: Authenticator, visit: Visit) -> str:
    """The authenticator's answer to what this session asks for next."""
    return authenticator.sign(passkey_sign_in.options(visit))


def id_of(visit: Visit, position: int = 0) -> UUID:
    """One of the person's passkeys."""
    return UUID(perform(passkeys.own, visit.actor)[position].id)
