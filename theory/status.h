/* Status codes, and the one line that explains a failure.
 *
 * Every function that can fail returns an sb_status. On anything but SB_OK (and SB_END, which ends
 * an iteration) its outputs are untouched, except that a failed create sets its pointer to NULL.
 * Functions that read what a user gave also take a struct sb_error, and leave there one line that
 * names the file, the place and the remedy. Library code never prints and never exits.
 */
#ifndef SB_THEORY_STATUS_H
#define SB_THEORY_STATUS_H

enum sb_status {
    SB_OK = 0,
    SB_END,         /* an iteration is over; not a failure */
    SB_DOMAIN,      /* an argument outside the domain that the header states */
    SB_MEMORY,      /* no memory */
    SB_IO,          /* the system refused: open, read, write, rename */
    SB_FORMAT,      /* a file is not what it should be: truncated, malformed, wrong columns */
    SB_LIMIT,       /* larger than a stated limit */
    SB_UNSUPPORTED, /* well-formed, but not implemented here: named, never guessed */
    SB_NUMERIC      /* an iteration did not converge, or a result is not a number */
};

struct sb_error {
    char message[1024]; /* one line, without "springback: " and without a newline; "" if unset */
};

/* A phrase for the code alone ("out of memory"); never NULL. For failures without an sb_error. */
const char *sb_status_phrase(enum sb_status status);

/* Writes the formatted line into *error (NULL is allowed) and returns status, so that a failure is
 * one statement: return sb_fail(error, SB_FORMAT, "%s line %zu: ...", path, line);
 * Control characters in the line become '?', so that it stays one line. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
enum sb_status
sb_fail(struct sb_error *error, enum sb_status status, const char *format, ...);

/* sb_fail with the one sentence for SB_MEMORY. */
enum sb_status sb_fail_memory(struct sb_error *error);

#endif
