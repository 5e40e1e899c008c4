/* SPDX-License-Identifier: Apache-2.0 */
/* failpoint -- dying on purpose, for the tests of what a crash leaves behind.
 *
 * NURTURE_FAILPOINT=name[:n] kills the process (SIGKILL) the n-th time it gets
 * there, if NURTURE_TESTING=1 is set as well. Points: claim.pre claim.post
 * mark.pre mark.post reply.got result.pre result.post. */
#ifndef MTA_FAILPOINT_H
#define MTA_FAILPOINT_H

void failpoint(const char *name);
/* The same without the environment: in a test's child, before any thread. */
void failpoint_arm(const char *point);

#endif
