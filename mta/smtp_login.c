/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_login.c - PLAIN, LOGIN and XOAUTH2 */
#include "smtp_login.h"

#include <string.h>

char *
smtp_offered(const Wire *wire, const char *keyword)
{
    g_auto(GStrv) lines = g_strsplit(wire->lines->str, "\n", -1);
    gsize length = strlen(keyword);

    for (char **line = lines; *line; line++) {
        const char *word = strlen(*line) > 4 ? *line + 4 : "";
        if (g_ascii_strncasecmp(word, keyword, length) == 0 &&
            (word[length] == ' ' || word[length] == '\0'))
            return g_strdup(g_strstrip((char *)word + length));
    }
    return NULL;
}

static bool
lists(const char *mechanisms, const char *name)
{
    g_auto(GStrv) words = g_strsplit(mechanisms, " ", -1);

    for (char **word = words; *word; word++)
        if (g_ascii_strcasecmp(*word, name) == 0)
            return true;
    return false;
}

static void
wipe(GString *text)
{
    OPENSSL_cleanse(text->str, text->len);
    g_string_free(text, TRUE);
}

/* `command` and the base64 of `secret`. */
static bool
ask_secret(Wire *wire, const char *command, const char *secret, gsize length)
{
    g_autofree char *coded = g_base64_encode((const guchar *)secret, length);
    GString *line = g_string_new(command);
    bool answered;

    g_string_append(line, coded);
    answered = wire_ask(wire, line->str);
    OPENSSL_cleanse(coded, strlen(coded));
    wipe(line);
    return answered;
}

static bool
say_plain(Wire *wire, const Relay *relay)
{
    GString *secret = g_string_new(NULL);
    bool answered;

    g_string_append_c(secret, '\0');
    g_string_append(secret, relay->user);
    g_string_append_c(secret, '\0');
    g_string_append(secret, relay->password);
    answered = ask_secret(wire, "AUTH PLAIN ", secret->str, secret->len);
    wipe(secret);
    return answered;
}

static bool
say_login(Wire *wire, const Relay *relay)
{
    if (!wire_ask(wire, "AUTH LOGIN"))
        return false;
    if (wire->code == 334 &&
        !ask_secret(wire, "", relay->user, strlen(relay->user)))
        return false;
    return wire->code != 334 ||
           ask_secret(wire, "", relay->password, strlen(relay->password));
}

/* A refusal comes as 334 with its reason, which an empty line answers. */
static bool
say_xoauth2(Wire *wire, const Relay *relay)
{
    GString *secret = g_string_new(NULL);
    bool answered;

    g_string_append_printf(secret, "user=%s\001auth=Bearer %s\001\001",
                           relay->user, relay->password);
    answered = ask_secret(wire, "AUTH XOAUTH2 ", secret->str, secret->len);
    wipe(secret);
    return answered && (wire->code != 334 || wire_ask(wire, ""));
}

static bool
no_way(const Relay *relay, const char *mechanisms, char **out_why)
{
    if (relay->xoauth2)
        *out_why = g_strdup_printf("the server does not offer XOAUTH2, but: %s",
                                   mechanisms);
    else
        *out_why = g_strdup_printf(
            "the server offers no way to log in that nurture knows (PLAIN, "
            "LOGIN, or XOAUTH2 with 'auth: xoauth2'), but: %s",
            mechanisms);
    return false;
}

bool
smtp_login(Wire *wire, const Relay *relay, const char *mechanisms,
           char **out_why)
{
    bool answered;

    *out_why = NULL;
    if (!mechanisms) {
        *out_why = g_strdup("the server offers no login");
        return false;
    }
    if (relay->xoauth2 && lists(mechanisms, "XOAUTH2"))
        answered = say_xoauth2(wire, relay);
    else if (!relay->xoauth2 && lists(mechanisms, "PLAIN"))
        answered = say_plain(wire, relay);
    else if (!relay->xoauth2 && lists(mechanisms, "LOGIN"))
        answered = say_login(wire, relay);
    else
        return no_way(relay, mechanisms, out_why);
    if (answered && wire->code == 235)
        return true;
    if (answered) {
        g_autofree char *last = wire_last_line(wire);
        *out_why = g_strdup_printf("the login was refused: %s", last);
    } else {
        *out_why = g_strdup("the connection was lost during the login");
    }
    return false;
}
