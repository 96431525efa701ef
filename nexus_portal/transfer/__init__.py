"""The file servers: SFTP and FTPS. They resolve a credential and call use cases, nothing more."""
