/* SPDX-License-Identifier: Apache-2.0 */
/* workspace_password.c - passwords and secrets, from where the settings say
 *
 * It is never logged, and an error never holds what a command printed. */
#include "nurture/workspace.h"

#include "nurture/error.h"

#include <string.h>

/* The first line: `pass` and its like put notes below the password. */
static char *
first_line(char *text, const char *from, GError **error)
{
    text[strcspn(text, "\r\n")] = '\0';
    if (*text)
        return text;
    g_free(text);
    g_set_error(error, NURTURE_ERROR, ERROR_CONFIG,
                "smtp.password_from: '%s' gave no password", from);
    return NULL;
}

static char *
from_command(const Workspace *w, const char *setting, const char *command,
             GError **error)
{
    const char *argv[] = {"/bin/sh", "-c", command, NULL};
    g_autoptr(GError) cause = NULL;
    g_autofree char *out = NULL;
    int status = 0;

    /* stdin and stderr stay ours, so that a passphrase can be asked for */
    if (g_spawn_sync(w->root, (char **)argv, NULL, G_SPAWN_CHILD_INHERITS_STDIN,
                     NULL, NULL, &out, NULL, &status, &cause) &&
        g_spawn_check_wait_status(status, &cause))
        return g_steal_pointer(&out);
    g_set_error(error, NURTURE_ERROR, ERROR_CONFIG, "%s: '%s' failed: %s",
                setting, command, cause->message);
    return NULL;
}

static char *
from_file(const Workspace *w, const char *setting, const char *path,
          GError **error)
{
    g_autofree char *file =
        g_str_has_prefix(path, "~/")
            ? g_build_filename(g_get_home_dir(), path + 2, NULL)
            : g_canonicalize_filename(path, w->root);
    g_autoptr(GError) cause = NULL;
    char *text = NULL;

    if (g_file_get_contents(file, &text, NULL, &cause))
        return text;
    g_set_error(error, NURTURE_ERROR, ERROR_CONFIG, "%s: %s", setting,
                cause->message);
    return NULL;
}

static char *
from_environment(const char *setting, const char *name, GError **error)
{
    const char *value = g_getenv(name);

    if (value)
        return g_strdup(value);
    g_set_error(error, NURTURE_ERROR, ERROR_CONFIG,
                "%s: the environment has no %s; set it, or try things out "
                "without a mail server: nurture sink --help",
                setting, name);
    return NULL;
}

char *
workspace_secret(const Workspace *workspace, const char *setting,
                 const char *from, GError **error)
{
    if (g_str_has_prefix(from, "command "))
        return from_command(workspace, setting, from + strlen("command "),
                            error);
    if (g_str_has_prefix(from, "file "))
        return from_file(workspace, setting, from + strlen("file "), error);
    if (g_str_has_prefix(from, "env "))
        return from_environment(setting, from + strlen("env "), error);
    g_assert_not_reached(); /* E012 */
}

char *
workspace_password(const Workspace *workspace, GError **error)
{
    const char *from = workspace->smtp.password_from;
    char *text;

    if (!from)
        return NULL;
    text = workspace_secret(workspace, "smtp.password_from", from, error);
    return text ? first_line(text, from, error) : NULL;
}
