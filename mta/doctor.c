/* SPDX-License-Identifier: Apache-2.0 */
/* doctor.c - which checks there are, and the one of the mail server */
#include "doctor-private.h"

#include "nurture/address.h"
#include "nurture/clock.h"
#include "nurture/error.h"
#include "nurture/window.h"
#include "relay_probe.h"

#include <string.h>

#define EXPIRES_SOON (14 * DAY_MS)

static const struct {
    const char *name;
    void (*run)(Doctor *d);
} checks[] = {
    {"relay", doctor_relay},
    {"spf", doctor_spf},
    {"dkim", doctor_dkim},
    {"dmarc", doctor_dmarc},
    {"mx", doctor_mx},
    {"ptr", doctor_ptr},
    {"one-click", doctor_one_click},
    {"database", doctor_database},
    {"files", doctor_files},
    {"disk", doctor_disk},
    {"clock", doctor_clock},
};

const char *const *
doctor_checks(void)
{
    static const char *names[G_N_ELEMENTS(checks) + 1];

    for (gsize i = 0; i < G_N_ELEMENTS(checks); i++)
        names[i] = checks[i].name;
    return names;
}

void
doctor_good(const Doctor *d, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    d->o->good(d->check, text, d->o->data);
}

Diagnostic *
doctor_bad(const Doctor *d, const char *code, const char *object,
           const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    return diagnostics_add_file(d->o->problems, code, object, "%s", text);
}

const char *
doctor_domain(const char *address)
{
    return address_domain(address);
}

/* --- the mail server -------------------------------------------------------
 */

static void
report_relay(const Doctor *d, ProbeEnd how, const char *name,
             const RelayFacts *facts)
{
    static const struct {
        const char *code, *help;
    } ends[] = {
        [PROBE_UNREACHABLE] = {"E801", "is smtp.host right, is smtp.port, and "
                                       "may this computer connect to it?"},
        [PROBE_NOT_ENCRYPTED] = {"E803",
                                 "nothing is sent, because of 'tls: required'; "
                                 "write smtp.host as the certificate has it"},
        [PROBE_LOGIN_REFUSED] = {"E802", "look at smtp.user, and at what "
                                         "smtp.password_from gives"},
        [PROBE_SENDER_REFUSED] = {"E816", "the mail server must let this user "
                                          "send for sending.bounces"},
    };

    diagnostic_help(doctor_bad(d, ends[how].code, name, "%s", facts->why), "%s",
                    ends[how].help);
}

static void
praise_relay(const Doctor *d, const char *name, const RelayFacts *facts)
{
    g_autofree char *until =
        facts->expires ? date_format(facts->expires, d->workspace->zone,
                                     "YYYY-MM-DD", "en")
                       : NULL;

    doctor_good(d, "%s takes mail%s%s%s%s%s%s%s", name,
                facts->tls ? ", " : ", not encrypted",
                facts->tls ? facts->tls : "",
                until ? ", certificate until " : "", until ? until : "",
                d->o->password ? ", logged in as " : "",
                d->o->password ? d->workspace->smtp.user : "",
                facts->pipelining ? ", pipelining" : "");
    if (facts->expires && facts->expires - d->o->now < EXPIRES_SOON)
        diagnostic_help(
            doctor_bad(d, "W818", name, "its certificate expires on %s", until),
            "after that nothing is sent: tell whoever runs the server");
}

void
doctor_relay(Doctor *d)
{
    Relay relay = relay_of_workspace(d->workspace, d->o->password);
    g_autofree char *name = g_strdup_printf("%s:%d", relay.host, relay.port);
    g_auto(RelayFacts) facts = {0};
    ProbeEnd how = relay_probe(&relay, d->workspace->sending.bounces, &facts);

    if (!d->ip && facts.address && !host_is_loopback(facts.address))
        d->ip = g_strdup(facts.address);
    if (how == PROBE_OK)
        praise_relay(d, name, &facts);
    else
        report_relay(d, how, name, &facts);
}

/* --- all of them -----------------------------------------------------------
 */

static bool
is_wanted(const DoctorOptions *o, const char *name)
{
    return !o->only || !*o->only || g_strv_contains(o->only, name);
}

static bool
check_names(const DoctorOptions *o, GError **error)
{
    for (const char *const *name = o->only; name && *name; name++)
        if (!g_strv_contains(doctor_checks(), *name)) {
            g_autofree char *all = g_strjoinv(", ", (char **)doctor_checks());
            g_set_error(error, NURTURE_ERROR, ERROR_USAGE,
                        "there is no check '%s'; there are: %s", *name, all);
            return false;
        }
    return true;
}

bool
doctor_run(const DoctorOptions *options, GError **error)
{
    Doctor d = {.o = options, .workspace = options->workspace};

    if (!check_names(options, error))
        return false;
    d.dns = dns_open(options->dns_server, error);
    if (!d.dns)
        return false;
    d.ip = g_strdup(options->ip);
    for (gsize i = 0; i < G_N_ELEMENTS(checks); i++) {
        d.check = checks[i].name;
        if (is_wanted(options, d.check))
            checks[i].run(&d);
    }
    dns_close(d.dns);
    g_free(d.ip);
    return true;
}
