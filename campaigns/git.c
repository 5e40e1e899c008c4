/* SPDX-License-Identifier: Apache-2.0 */
/* git.c - asking git about the workspace's folder */
#include "git.h"

#include <gio/gio.h>
#include <string.h>

GBytes *
git_read(const char *root, const char *const *arguments)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GSubprocess) git = NULL;
    g_autoptr(GBytes) out = NULL;

    g_ptr_array_add(argv, (gpointer) "git");
    g_ptr_array_add(argv, (gpointer) "-C");
    g_ptr_array_add(argv, (gpointer)root);
    for (const char *const *a = arguments; *a; a++)
        g_ptr_array_add(argv, (gpointer)*a);
    g_ptr_array_add(argv, NULL);
    git = g_subprocess_newv((const char *const *)argv->pdata,
                            G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                            NULL);
    if (!git || !g_subprocess_communicate(git, NULL, NULL, &out, NULL, NULL) ||
        !g_subprocess_get_successful(git))
        return NULL;
    return g_steal_pointer(&out);
}

char **
git_paths(GBytes *bytes)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new();
    gsize size = 0;
    const char *path = bytes ? g_bytes_get_data(bytes, &size) : NULL;
    const char *end = path ? path + size : NULL;

    for (; path && path < end; path += strlen(path) + 1)
        g_ptr_array_add(paths, g_strndup(path, (gsize)(end - path)));
    g_ptr_array_add(paths, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&paths), FALSE);
}
