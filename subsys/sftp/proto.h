/*
 * Numbers of the SFTP protocol, version 3: draft-ietf-secsh-filexfer-02, with
 * what OpenSSH's PROTOCOL says of its extensions.
 */
#ifndef FILESONLY_SUBSYS_SFTP_PROTO_H
#define FILESONLY_SUBSYS_SFTP_PROTO_H

enum packet {
	PACKET_INIT = 1,
	PACKET_VERSION = 2,
	PACKET_OPEN = 3,
	PACKET_CLOSE = 4,
	PACKET_READ = 5,
	PACKET_WRITE = 6,
	PACKET_LSTAT = 7,
	PACKET_FSTAT = 8,
	PACKET_SETSTAT = 9,
	PACKET_FSETSTAT = 10,
	PACKET_OPENDIR = 11,
	PACKET_READDIR = 12,
	PACKET_REMOVE = 13,
	PACKET_MKDIR = 14,
	PACKET_RMDIR = 15,
	PACKET_REALPATH = 16,
	PACKET_STAT = 17,
	PACKET_RENAME = 18,
	PACKET_READLINK = 19,
	PACKET_SYMLINK = 20,
	PACKET_STATUS = 101,
	PACKET_HANDLE = 102,
	PACKET_DATA = 103,
	PACKET_NAME = 104,
	PACKET_ATTRS = 105,
	PACKET_EXTENDED = 200,
	PACKET_EXTENDED_REPLY = 201,
};

enum status {
	STATUS_OK = 0,
	STATUS_EOF = 1,
	STATUS_NO_SUCH_FILE = 2,
	STATUS_PERMISSION_DENIED = 3,
	STATUS_FAILURE = 4,
	STATUS_BAD_MESSAGE = 5,
	STATUS_OP_UNSUPPORTED = 8,
};

/*
 * Which attributes a structure carries; replies carry 0xF, but of what a
 * listing could not look at the file's type alone, or nothing.
 */
#define ATTR_SIZE 0x00000001U
#define ATTR_UIDGID 0x00000002U
#define ATTR_PERMISSIONS 0x00000004U
#define ATTR_ACMODTIME 0x00000008U
#define ATTR_EXTENDED 0x80000000U
#define ATTR_ALL (ATTR_SIZE | ATTR_UIDGID | ATTR_PERMISSIONS | ATTR_ACMODTIME)

#define OPEN_READ 0x01U
#define OPEN_WRITE 0x02U
#define OPEN_APPEND 0x04U
#define OPEN_CREAT 0x08U
#define OPEN_TRUNC 0x10U
#define OPEN_EXCL 0x20U

enum {
	PROTOCOL_VERSION = 3,
	PACKET_MAX = 256 * 1024,      /* without the length word */
	READ_MAX = PACKET_MAX - 1024, /* as limits@openssh.com tells */
	LISTING_MAX = 32000,          /* of a NAME packet; draft 3: 34000 */
};

#endif
