"""What a customer must know to connect to the file servers, and to see that they are ours."""

from dataclasses import dataclass

from sqlmodel import Session

from nexus_portal import settings
from nexus_portal.adapters import ssh_keys, tls_files
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.permissions import Permission
from nexus_portal.services.use_case import use_case


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRow:
    """Where the servers are. Fingerprints are empty until they have been started once."""

    host: str
    sftp_port: int
    ftps_port: int
    host_key: str
    certificate: str


@use_case(Permission.FILES_READ, reads=True)
def server(session: Session, actor: Actor) -> ServerRow:  # noqa: ARG001 - the same for everybody
    """Host, ports and fingerprints of the file servers."""
    wanted = settings.current().transfer
    key, certificate = wanted.host_key_file, wanted.certificate_file
    return ServerRow(
        host=settings.current().transfer_host,
        sftp_port=wanted.sftp_port,
        ftps_port=wanted.ftps_port,
        host_key=ssh_keys.of(ssh_keys.host_key(key)).fingerprint if key.exists() else "",
        certificate=tls_files.fingerprint(certificate) if certificate.exists() else "",
    )
