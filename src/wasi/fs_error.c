// SPDX-License-Identifier: Apache-2.0
#include "wasi/fs.h"

#include <errno.h>

const char *pn_fs_error_name(int error) {
    static const char *const names[] = {"",
#define NAME(name, text) text,
                                        PN_FS_ERRORS(NAME)
#undef NAME
    };
    return names[error];
}

static const struct {
    int number, error;
} table[] = {
    {EACCES, PN_FS_ACCESS},
    {EAGAIN, PN_FS_WOULD_BLOCK},
    {EALREADY, PN_FS_ALREADY},
    {EBADF, PN_FS_BAD_DESCRIPTOR},
    {EBUSY, PN_FS_BUSY},
    {EDEADLK, PN_FS_DEADLOCK},
    {EDQUOT, PN_FS_QUOTA},
    {EEXIST, PN_FS_EXIST},
    {EFBIG, PN_FS_FILE_TOO_LARGE},
    {EILSEQ, PN_FS_ILLEGAL_BYTES},
    {EINPROGRESS, PN_FS_IN_PROGRESS},
    {EINTR, PN_FS_INTERRUPTED},
    {EINVAL, PN_FS_INVALID},
    {EIO, PN_FS_IO},
    {EISDIR, PN_FS_IS_DIRECTORY},
    {ELOOP, PN_FS_LOOP},
    {EMLINK, PN_FS_TOO_MANY_LINKS},
    {EMSGSIZE, PN_FS_MESSAGE_SIZE},
    {ENAMETOOLONG, PN_FS_NAME_TOO_LONG},
    {ENODEV, PN_FS_NO_DEVICE},
    {ENOENT, PN_FS_NO_ENTRY},
    {ENOLCK, PN_FS_NO_LOCK},
    {ENOMEM, PN_FS_NO_MEMORY},
    {ENOSPC, PN_FS_NO_SPACE},
    {ENOTDIR, PN_FS_NOT_DIRECTORY},
    {ENOTEMPTY, PN_FS_NOT_EMPTY},
    {ENOTRECOVERABLE, PN_FS_NOT_RECOVERABLE},
    {ENOTSUP, PN_FS_UNSUPPORTED},
    {ENOSYS, PN_FS_UNSUPPORTED},
    {ENOTTY, PN_FS_NO_TTY},
    {ENXIO, PN_FS_NO_SUCH_DEVICE},
    {EOVERFLOW, PN_FS_OVERFLOW},
    {EPERM, PN_FS_NOT_PERMITTED},
    {EPIPE, PN_FS_PIPE},
    {EROFS, PN_FS_READ_ONLY},
    {ESPIPE, PN_FS_INVALID_SEEK},
    {ETXTBSY, PN_FS_TEXT_BUSY},
    {EXDEV, PN_FS_CROSS_DEVICE},
};

int pn_fs_errno(int number) {
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].number == number)
            return table[i].error;
    return PN_FS_IO;
}
