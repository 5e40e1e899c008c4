/* SPDX-License-Identifier: Apache-2.0 */
/* kick.c - telling `nurture run --watch` that a mail should not wait */
#include "nurture/kick.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char *
kick_path(const Workspace *workspace)
{
    return workspace->state_dir
               ? g_build_filename(workspace->state_dir, "kick", NULL)
               : NULL;
}

void
kick_run(const Workspace *workspace)
{
    g_autofree char *path = kick_path(workspace);
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;

    if (fd < 0)
        return;
    futimens(fd, NULL);
    close(fd);
}

int64_t
kick_time(const Workspace *workspace)
{
    g_autofree char *path = kick_path(workspace);
    struct stat st;

    if (!path || stat(path, &st) < 0)
        return 0;
    return (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}
