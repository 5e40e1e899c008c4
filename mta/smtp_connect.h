/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_connect -- what libESMTP's API does not let us set on its socket.
 *
 * libESMTP writes 2 KB at a time without TCP_NODELAY, so Nagle's algorithm
 * waits 40 ms for the receiver's delayed ACK in every message; and it has no
 * limit for connecting. The program's connect() comes before the C library's
 * in the order of symbols; for a thread that armed it, it sets both. */
#ifndef MTA_SMTP_CONNECT_H
#define MTA_SMTP_CONNECT_H

/* For the calling thread's connections until disarmed by 0. */
void smtp_connect_arm(int timeout_ms);
/* The socket of the calling thread's last connection while armed; -1. */
int smtp_connect_fd(void);

#endif
