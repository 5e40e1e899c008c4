/* SPDX-License-Identifier: Apache-2.0 */
/* kick -- telling `nurture run --watch` that a mail should not wait.
 *
 * A file in the state's directory whose time is looked at; whoever runs by a
 * timer sees nothing of it, and takes the mail at its next hour. */
#ifndef NURTURE_KICK_H
#define NURTURE_KICK_H

#include "nurture/workspace.h"

/* After the commit of what is to be sent. Failing does no harm. */
void kick_run(const Workspace *workspace);
/* Changes with every kick. */
int64_t kick_time(const Workspace *workspace);

#endif
