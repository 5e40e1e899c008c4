/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_session.c - one libESMTP session, streaming
 *
 * libESMTP takes messages before it starts. But a message that is added while
 * the answer to the previous one's MAIL is handled (SMTP_EV_MAILSTATUS, always
 * before it looks for a next one) is carried by the same connection; so one
 * session lasts as long as there is mail. */
#include "transport.h"

#include "nurture/log.h"
#include "smtp_connect.h"
#include "smtp_login.h"
#include "smtp_loop.h"
#include "smtp_tls.h"

#include <auth-client.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include <libesmtp.h>

#define CONNECT_TIMEOUT_MS 60000
#define LOGIN_TIMEOUT_MS   (5 * 60 * 1000) /* RFC 5321, 4.5.3.2 */

typedef struct Session Session;

/* Keywords of the answer to EHLO that we want to know of. */
enum { WORD_PIPELINING, WORD_CHUNKING, WORD_DSN, WORD_AUTH, WORDS };

/* One message of the session. */
typedef struct {
    Session *session;
    TransportMessage message;
    smtp_message_t handle;
    smtp_recipient_t recipient;
    bool tried, given, mark_asked, marked, is_done;
    int rcpt_replies;
    gsize data_bytes; /* reported as they left */
} Sending;

struct Session {
    const Relay *relay;
    const TransportCallbacks *callbacks;
    smtp_session_t handle;
    GPtrArray *sendings; /* Sending */
    Sending *current;    /* whose MAIL was answered last */
    bool any_mail;       /* a MAIL was written */
    bool any_verdict, more;
    /* seen by the monitor */
    bool auth_sent, authenticated, login_refused;
    bool starttls_sent;
    Handshake handshake;
    gsize column, hits[WORDS]; /* of mask_extensions() */
    bool offers[WORDS];
    SSL *ssl;    /* once STARTTLS is done */
    char *fault; /* why nothing can be sent, when we know better than
                    libESMTP */
    char last_line[200];
};

static SmtpReply
reply_of(const smtp_status_t *status)
{
    if (!status)
        return (SmtpReply){0};
    return (SmtpReply){
        status->code,
        {status->enh_class, status->enh_subject, status->enh_detail},
        status->text};
}

/* libESMTP goes on after a refused login, and the relay then refuses our
 * recipients ("554 5.7.1 Access denied"). That says nothing about them. */
static bool
is_for_the_login(const Session *session, const SmtpEvidence *evidence)
{
    return session->relay->password && !session->authenticated &&
           (evidence->sender.code || evidence->recipient.code);
}

/* See smtp_pump.c: the connection has carried all that the server lets it. */
static bool
had_its_fill(const Session *session, const SmtpEvidence *evidence)
{
    return session->any_verdict && evidence->sender.code / 100 == 4;
}

static void
finish(Sending *sending)
{
    Session *session = sending->session;
    SmtpEvidence evidence;
    Verdict verdict = {VERDICT_RETRY, {0}, false};

    if (sending->is_done)
        return;
    evidence = (SmtpEvidence){
        .sender = reply_of(smtp_reverse_path_status(sending->handle)),
        .recipient = reply_of(smtp_recipient_status(sending->recipient)),
        .message = reply_of(smtp_message_transfer_status(sending->handle)),
        .complete = smtp_recipient_check_complete(sending->recipient),
        .marked = sending->marked,
        /* the empty line behind the header is not reported */
        .counts_agree =
            sending->rcpt_replies == 1 &&
            sending->data_bytes + 2 >= g_bytes_get_size(sending->message.bytes),
    };
    if (is_for_the_login(session, &evidence))
        session->login_refused = true;
    else if (had_its_fill(session, &evidence))
        sending->tried = session->more = false;
    else
        verdict = verdict_decide(&evidence);
    sending->is_done = true;
    session->any_verdict |= verdict_is_answer(&verdict);
    session->callbacks->done(session->callbacks->data, sending->message.job,
                             &verdict, sending->tried);
    sending->message.bytes = NULL; /* not ours from here on */
}

/* libESMTP wants the message: all of it at once, then its end, which is the
 * moment before the dot. len NULL = from the start again. errno decides
 * whether NULL is the end or a failure. */
static const char *
give_bytes(void **context, int *length, void *arg)
{
    Sending *sending = arg;
    Session *session = sending->session;
    const TransportCallbacks *callbacks = session->callbacks;
    gsize n;

    (void)context;
    errno = 0;
    if (!length) {
        sending->given = false;
        return NULL;
    }
    *length = 0;
    if (session->relay->password && !session->authenticated) {
        session->login_refused = true; /* it goes on without a login */
        errno = EACCES;
        return NULL;
    }
    if (!sending->given) {
        const char *bytes = g_bytes_get_data(sending->message.bytes, &n);
        sending->given = true;
        *length = (int)n;
        return bytes;
    }
    /* may be asked more than once */
    if (!sending->mark_asked) {
        sending->mark_asked = true;
        sending->marked =
            callbacks->mark(callbacks->data, sending->message.job);
    }
    errno = sending->marked ? 0 : ECANCELED;
    return NULL;
}

/* Ask for a message and hand it to libESMTP. */
static bool
add_message(Session *session)
{
    TransportMessage message;
    Sending *sending;

    if (!session->more ||
        (int)session->sendings->len >= session->relay->messages_max)
        return false;
    session->more = session->callbacks->next(session->callbacks->data, true,
                                             &message) == NEXT_THERE;
    if (!session->more)
        return false;
    sending = g_new0(Sending, 1);
    sending->session = session;
    sending->message = message;
    sending->handle = smtp_add_message(session->handle);
    smtp_set_reverse_path(sending->handle, message.from);
    smtp_set_messagecb(sending->handle, give_bytes, sending);
    smtp_message_set_application_data_release(sending->handle, sending, NULL);
    sending->recipient = smtp_add_recipient(sending->handle, message.to);
    if (message.envid) {
        smtp_dsn_set_ret(sending->handle, Ret_HDRS);
        smtp_dsn_set_envid(sending->handle, message.envid);
        smtp_dsn_set_notify(sending->recipient, Notify_FAILURE | Notify_DELAY);
    }
    g_ptr_array_add(session->sendings, sending);
    return true;
}

static void
finish_before(Session *session, const Sending *current)
{
    for (guint i = 0; i < session->sendings->len; i++) {
        Sending *sending = session->sendings->pdata[i];
        if (sending == current)
            return;
        finish(sending);
    }
}

static bool
may_pipeline(const Session *session)
{
    return session->offers[WORD_PIPELINING] && session->callbacks->loop &&
           smtp_connect_fd() >= 0;
}

static void
log_open(const Session *session)
{
    const Relay *relay = session->relay;
    bool window = relay->window > 0 && session->offers[WORD_CHUNKING];

    log_info("relay=%s:%d status=open tls=%s login=%s way=%s", relay->host,
             relay->port, session->ssl ? SSL_get_version(session->ssl) : "off",
             session->authenticated ? "yes" : "no",
             !may_pipeline(session) ? "plain"
             : window               ? "window"
                                    : "pipelined");
}

/* The anchor waits while others go first. */
static void
pump(Session *session, Sending *anchor)
{
    const smtp_status_t *status = smtp_reverse_path_status(anchor->handle);
    PumpResult result;

    if (!session->more || !status || status->code / 100 != 2 ||
        (session->relay->password && !session->authenticated))
        return;
    result =
        smtp_loop_pump(session->callbacks->loop,
                       &(PumpOptions){
                           .relay = session->relay,
                           .callbacks = session->callbacks,
                           .fd = smtp_connect_fd(),
                           .ssl = session->ssl,
                           .has_dsn = session->offers[WORD_DSN],
                           .has_chunking = session->offers[WORD_CHUNKING],
                           .anchor = anchor->message.from,
                           .messages_max = session->relay->messages_max - 1,
                       });
    session->more = false;
    session->any_verdict |= result.any_verdict;
    anchor->tried = result.usable;
}

static void
mail_answered(Session *session, smtp_message_t handle)
{
    Sending *sending = smtp_message_get_application_data(handle);

    /* what came before is over, however it ended */
    finish_before(session, sending);
    if (!session->current)
        log_open(session);
    session->current = sending;
    if (may_pipeline(session))
        pump(session, sending);
    else
        add_message(session);
}

/* Certificates: our context has verified what has to be; libESMTP's own
 * opinion (about the canonical name) is overruled. */
static void
accept_peer(va_list args, bool has_result)
{
    int *ok;

    if (has_result)
        (void)va_arg(args, long);
    ok = va_arg(args, int *);
    *ok = 1;
}

/* Without a login nothing may follow, and libESMTP would go on. */
static void
hang_up(Session *session, char *fault)
{
    session->login_refused = true;
    g_free(session->fault);
    session->fault = fault;
    shutdown(smtp_connect_fd(), SHUT_RDWR);
}

/* TLS stands, and libESMTP waits for us: the wire is ours. */
static void
log_in(Session *session)
{
    const Relay *relay = session->relay;
    g_auto(Wire) wire = {0};
    g_autofree char *ehlo = g_strconcat(
        "EHLO ", relay->ehlo ? relay->ehlo : g_get_host_name(), NULL);
    g_autofree char *mechanisms = NULL;
    char *why = NULL;

    wire_init(&wire, smtp_connect_fd(), session->ssl,
              relay->timeout_ms ? relay->timeout_ms : LOGIN_TIMEOUT_MS);
    if (!wire_ask(&wire, ehlo) || wire.code != 250) {
        shutdown(smtp_connect_fd(), SHUT_RDWR); /* as if TLS had failed */
        return;
    }
    mechanisms = smtp_offered(&wire, "AUTH");
    session->authenticated = smtp_login(&wire, relay, mechanisms, &why);
    if (!session->authenticated && wire.code > 0)
        hang_up(session, why);
    else if (!session->authenticated) {
        g_free(why); /* lost on the way, which says nothing about the login */
        shutdown(smtp_connect_fd(), SHUT_RDWR);
    }
}

static void
tls_stands(Session *session, SSL *ssl)
{
    session->ssl = ssl;
    /* what was offered in the clear does not count */
    memset(session->offers, 0, sizeof session->offers);
    if (session->relay->password)
        log_in(session);
}

static void
count_data(Sending *sending, int length)
{
    sending->data_bytes += (gsize)MAX(length, 0);
}

static void
on_event(smtp_session_t handle, int event, void *arg, ...)
{
    Session *session = arg;
    smtp_message_t message;
    va_list args;

    (void)handle;
    va_start(args, arg);
    switch (event) {
    case SMTP_EV_MAILSTATUS:
        (void)va_arg(args, char *);
        mail_answered(session, va_arg(args, smtp_message_t));
        break;
    case SMTP_EV_RCPTSTATUS:
        if (session->current)
            session->current->rcpt_replies++;
        break;
    case SMTP_EV_MESSAGEDATA:
        message = va_arg(args, smtp_message_t);
        count_data(smtp_message_get_application_data(message),
                   va_arg(args, int));
        break;
    case SMTP_EV_MESSAGESENT:
        finish(smtp_message_get_application_data(va_arg(args, smtp_message_t)));
        break;
    case SMTP_EV_STARTTLS_OK:
        tls_stands(session, va_arg(args, SSL *));
        break;
    case SMTP_EV_INVALID_PEER_CERTIFICATE:
        accept_peer(args, true);
        break;
    case SMTP_EV_NO_PEER_CERTIFICATE:
    case SMTP_EV_WRONG_PEER_CERTIFICATE:
        accept_peer(args, false);
        break;
    default:
        break;
    }
    va_end(args);
}

/* A MAIL leaves: for the first message that was not tried yet. */
static void
saw_mail(Session *session)
{
    session->any_mail = true;
    for (guint i = 0; i < session->sendings->len; i++) {
        Sending *sending = session->sendings->pdata[i];
        if (!sending->tried) {
            sending->tried = true;
            return;
        }
    }
}

/* Commands only: libESMTP does not show content to the monitor. */
static void
saw_written(Session *session, const char *bytes, gsize length)
{
    if (length >= 5 && memcmp(bytes, "MAIL ", 5) == 0)
        saw_mail(session);
    if (length >= 5 && memcmp(bytes, "AUTH ", 5) == 0)
        session->auth_sent = true;
    if (length >= 8 && memcmp(bytes, "STARTTLS", 8) == 0)
        session->starttls_sent = true;
}

/* libESMTP's pipelining jumps through a NULL pointer when the connection is
 * lost with several answers outstanding, and its BDAT keeps a chunk's 250 as
 * the answer to the message. Neither can be turned off, but the monitor sees
 * what was read before it is parsed: the keywords lose their last letter; so
 * does AUTH, once we have logged in. They may arrive in pieces. */
static void
mask_extensions(Session *session, char *bytes, gsize length)
{
    static const char *const words[] = {[WORD_PIPELINING] = "PIPELINING",
                                        [WORD_CHUNKING] = "CHUNKING",
                                        [WORD_DSN] = "DSN",
                                        [WORD_AUTH] = "AUTH"};

    for (gsize i = 0; i < length; i++) {
        if (bytes[i] == '\n') {
            session->column = 0;
            memset(session->hits, 0, sizeof session->hits);
            continue;
        }
        /* behind "250-" or "250 " */
        for (gsize w = 0; w < WORDS && session->column >= 4; w++) {
            gsize at = session->column - 4;
            if (session->hits[w] != at ||
                g_ascii_toupper(bytes[i]) != words[w][at])
                continue;
            session->hits[w]++;
            if (words[w][at + 1] == '\0') {
                session->offers[w] = true;
                session->hits[w] = 0;
                if (w != WORD_DSN && (w != WORD_AUTH || session->authenticated))
                    bytes[i] = 'X';
            }
        }
        session->column++;
    }
}

/* `bytes` is what one read() brought. */
static void
saw_read(Session *session, const char *bytes, gsize length)
{
    const char *lf = memchr(bytes, '\n', length);
    gsize line = lf ? (gsize)(lf - bytes) : length;

    line = MIN(line, sizeof session->last_line - 1);
    if (line < 3 || memcmp(bytes, "221", 3) != 0) { /* a bye explains nothing */
        memcpy(session->last_line, bytes, line);
        session->last_line[line] = '\0';
        g_strchomp(session->last_line);
    }
    if (session->starttls_sent) {
        /* anything behind the answer would be taken for an answer inside
         * TLS */
        session->starttls_sent = false;
        session->handshake.injected = lf && (gsize)(lf + 1 - bytes) < length;
    }
    if (session->auth_sent && length >= 3) {
        if (memcmp(bytes, "235", 3) == 0)
            session->authenticated = true;
        else if (*bytes == '4' || *bytes == '5')
            session->login_refused = true;
        session->auth_sent = *bytes == '3';
    }
}

static void
saw_answer(Session *session, char *bytes, gsize length)
{
    if (!session->any_mail)
        mask_extensions(session, bytes, length);
    saw_read(session, bytes, length);
}

static void
on_traffic(const char *bytes, int length, int writing, void *arg)
{
    if (length <= 0)
        return;
    if (writing == SMTP_CB_WRITING)
        saw_written(arg, bytes, (gsize)length);
    else if (writing == SMTP_CB_READING)
        saw_answer(arg, (char *)bytes, (gsize)length);
}

static int
give_login(auth_client_request_t request, char **result, int fields, void *arg)
{
    const Relay *relay = arg;

    for (int i = 0; i < fields; i++) {
        result[i] = NULL;
        if (request[i].flags & AUTH_USER)
            result[i] = (char *)relay->user;
        else if (request[i].flags & AUTH_PASS)
            result[i] = (char *)relay->password;
    }
    return 1;
}

static auth_context_t
login_new(const Relay *relay)
{
    static gsize once;
    auth_context_t login;

    if (g_once_init_enter(&once)) {
        auth_client_init();
        g_once_init_leave(&once, 1);
    }
    login = auth_create_context();
    auth_set_mechanism_flags(login, AUTH_PLUGIN_PLAIN, 0);
    auth_set_interact_cb(login, give_login, (void *)relay);
    return login;
}

static void
set_timeouts(smtp_session_t handle, int timeout_ms)
{
    static const int which[] = {Timeout_GREETING, Timeout_ENVELOPE,
                                Timeout_DATA, Timeout_TRANSFER, Timeout_DATA2};

    /* the library's defaults are RFC 5321's; a short final one makes
     * duplicates (RFC 1047) */
    for (gsize i = 0; timeout_ms > 0 && i < G_N_ELEMENTS(which); i++)
        smtp_set_timeout(handle, which[i] | Timeout_OVERRIDE_RFC2822_MINIMUM,
                         timeout_ms);
}

static void
configure(Session *session, SSL_CTX *tls, auth_context_t login)
{
    const Relay *relay = session->relay;
    smtp_session_t handle = session->handle;
    g_autofree char *server =
        g_strdup_printf("%s:%d", relay->host, relay->port);

    smtp_set_server(handle, server);
    smtp_set_hostname(handle, relay->ehlo ? relay->ehlo : g_get_host_name());
    smtp_set_eventcb(handle, on_event, session);
    smtp_set_monitorcb(handle, on_traffic, session, 0);
    set_timeouts(handle, relay->timeout_ms);
    if (tls) {
        smtp_starttls_enable(handle, relay->tls == TLS_REQUIRED
                                         ? Starttls_REQUIRED
                                         : Starttls_ENABLED);
        smtp_starttls_set_ctx(handle, tls);
    } else {
        smtp_starttls_enable(handle, Starttls_DISABLED);
    }
    if (login)
        smtp_auth_set_context(handle, login);
}

/* Why the connection was of no use. The caller's. */
static char *
fault_of(const Session *session)
{
    char words[160] = "";

    if (session->fault)
        return g_strdup(session->fault);
    if (session->handshake.begun && !session->handshake.done)
        return smtp_tls_failure(&session->handshake);
    if (smtp_errno() == SMTP_ERR_EXTENSION_NOT_AVAILABLE)
        return g_strdup("it does not offer STARTTLS"); /* all that we demand */
    if (session->login_refused)
        g_strlcpy(words, "the login was refused", sizeof words);
    else if (smtp_errno() == 0 && *session->last_line)
        g_strlcpy(words, "it takes no mail", sizeof words);
    else
        smtp_strerror(smtp_errno(), words, sizeof words);
    return g_strconcat(words, *session->last_line ? ", last answer: " : "",
                       session->last_line, NULL);
}

/* smtp_start_session() returns success in most failures, and smtp_errno() is
 * not cleared: neither decides anything here. */
static SessionResult
result_of(const Session *session)
{
    SessionResult result = {SESSION_DONE, ""};
    g_autofree char *why = NULL;

    if (session->login_refused)
        result.end = SESSION_LOGIN;
    else if (!session->any_mail)
        result.end = SESSION_FAULT;
    else if (!session->any_verdict)
        result.end = SESSION_DROPPED;
    else
        return result;
    why = fault_of(session);
    g_snprintf(result.fault, sizeof result.fault, "%s:%d: %s",
               session->relay->host, session->relay->port, why);
    return result;
}

/* What a connection needs besides the relay. */
typedef struct {
    SSL_CTX *tls;
    auth_context_t login; /* only where there is no TLS */
} Means;

static bool
means_init(Means *means, Session *session)
{
    const Relay *relay = session->relay;

    *means = (Means){0};
    if (relay->tls != TLS_OFF) {
        means->tls = smtp_tls_new(relay, relay->tls == TLS_REQUIRED,
                                  &session->handshake);
        if (!means->tls) {
            session->login_refused = true;
            session->fault = g_strdup_printf(
                "smtp.certificate: %s and its key cannot be used",
                relay->certificate);
            return false;
        }
    }
    if (relay->password && relay->tls != TLS_REQUIRED && !relay->xoauth2)
        means->login = login_new(relay);
    return true;
}

static void
means_clear(Means *means)
{
    if (means->login)
        auth_destroy_context(means->login);
    if (means->tls)
        SSL_CTX_free(means->tls);
}

static void
run_session(Session *session)
{
    int limit = session->relay->timeout_ms;
    Means means;

    if (means_init(&means, session)) {
        configure(session, means.tls, means.login);
        smtp_connect_arm(limit ? limit : CONNECT_TIMEOUT_MS);
        smtp_start_session(session->handle);
        smtp_connect_arm(0);
    }
    finish_before(session, NULL);
    smtp_destroy_session(session->handle);
    means_clear(&means);
}

SessionResult
smtp_session_run(const Relay *relay, const TransportCallbacks *callbacks)
{
    Session session = {.relay = relay, .callbacks = callbacks, .more = true};
    SessionResult result = {SESSION_DONE, ""};

    session.handle = smtp_create_session();
    session.sendings = g_ptr_array_new_with_free_func(g_free);
    if (add_message(&session)) {
        run_session(&session);
        result = result_of(&session);
    } else {
        smtp_destroy_session(session.handle);
    }
    g_ptr_array_unref(session.sendings);
    g_free(session.fault);
    return result;
}
