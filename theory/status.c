#include "theory/status.h"

#include <stdarg.h>
#include <stdio.h>

const char *sb_status_phrase(enum sb_status status)
{
    switch (status) {
    case SB_OK:
        return "success";
    case SB_END:
        return "end of data";
    case SB_DOMAIN:
        return "argument outside its domain";
    case SB_MEMORY:
        return "out of memory";
    case SB_IO:
        return "input or output failed";
    case SB_FORMAT:
        return "malformed input";
    case SB_LIMIT:
        return "beyond a stated limit";
    case SB_UNSUPPORTED:
        return "not supported";
    case SB_NUMERIC:
        return "numerical failure";
    }
    return "unknown status";
}

enum sb_status sb_fail(struct sb_error *error, enum sb_status status, const char *format, ...)
{
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
        for (char *c = error->message; *c; c++)
            if ((unsigned char)*c < 0x20 || *c == 0x7f)
                *c = '?';
    }
    return status;
}

enum sb_status sb_fail_memory(struct sb_error *error)
{
    return sb_fail(error, SB_MEMORY, "out of memory");
}
