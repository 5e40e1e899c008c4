/* SPDX-License-Identifier: Apache-2.0 */
/* systemd -- sockets handed over by the service manager, and telling it how we
 * are: sd_listen_fds(3) and sd_notify(3), without its library.
 *
 * Without a service manager all of it does nothing. Call from the main thread
 * before there are others. */
#ifndef NURTURE_SYSTEMD_H
#define NURTURE_SYSTEMD_H

#include <stdbool.h>
#include <stdint.h>

#define SYSTEMD_FIRST_FD 3

/* How many listening sockets were handed to this process, from descriptor 3
 * on; made close-on-exec and non-blocking. The environment variables are
 * cleared, so children do not take them for theirs. */
int systemd_listen_count(void);
/* "READY=1", "STOPPING=1", "WATCHDOG=1". False when nobody listens. */
bool systemd_notify(const char *state);
/* How often to say "WATCHDOG=1": half of what is allowed; 0 = never. */
int64_t systemd_watchdog_ms(void);

#endif
