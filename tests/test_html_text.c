/* SPDX-License-Identifier: Apache-2.0 */
/* test_html_text.c - HTML mail as plain text */
#include "tracking/html-text.h"

#include <glib.h>
#include <string.h>

typedef struct {
    const char *path, *html, *text;
} Case;

static const Case text_cases[] = {
    {"plain", "Hello", "Hello"},
    {"spaces", "  Hello \n\t world  ", "Hello world"},
    {"div-lines", "<div>One</div><div>Two</div>", "One\nTwo"},
    {"div-blank", "One<div><br></div><div>Two</div>", "One\n\nTwo"},
    {"br-before-block-end", "<div>One<br></div><div>Two</div>", "One\nTwo"},
    {"paragraphs", "<p>One</p><p>Two</p>", "One\n\nTwo"},
    {"outlook-paragraphs",
     "<p class=MsoNormal>One</p><p class=MsoNormal>&nbsp;</p>"
     "<p class=MsoNormal>Two</p>",
     "One\n\nTwo"},
    {"unclosed-paragraphs", "<p>One<p>Two", "One\n\nTwo"},
    {"list", "<ul><li>One<li>Two</ul>", "- One\n- Two"},
    {"ordered", "<ol><li>One</li><li>Two</li></ol>", "1. One\n2. Two"},
    {"cells", "<table><tr><td>A</td><td>B</td></tr><tr><td>C</td></tr></table>",
     "A B\nC"},
    {"rule", "a<hr>b", "a\n________________________________\nb"},
    {"quote", "<p>New</p><blockquote>Old<br>two</blockquote>After",
     "New\n\n> Old\n> two\nAfter"},
    {"quote-nested", "<blockquote>a<blockquote>b</blockquote>c</blockquote>",
     "> a\n> > b\n> c"},
    {"quote-blank", "<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"},
    {"link", "see <a href=\"https://example.org/x?a=1&amp;b=2\">my page</a>.",
     "see my page <https://example.org/x?a=1&b=2>."},
    {"link-shown", "<a href='https://example.org/'>https://example.org/</a>",
     "https://example.org/"},
    {"mailto", "<a href=\"mailto:a@example.org\">a@example.org</a>",
     "a@example.org"},
    {"entities", "Gr&uuml;&szlig;e &amp; &lt;3 &euro; &hellip; &apos;",
     "Grüße & <3 € … '"},
    {"numbers", "&#8217;&#x2019;&#146;&#128512;", "’’’😀"},
    {"bad-numbers", "&#0;&#xD800;&#x110000;&#99999999;", "����"},
    {"no-entity", "AT&T &nosuch; &", "AT&T &nosuch; &"},
    {"entity-in-address", "?a=1&notify=2&copy=3", "?a=1&notify=2&copy=3"},
    {"style-script",
     "<style>p{color:red}</style>a<script>if (a<b) x();</script>b", "ab"},
    {"style-unclosed", "a<style>p{}", "ap{}"},
    {"head", "<html><head><title>No</title></head><body>Yes</body></html>",
     "Yes"},
    {"comment", "a<!-- <p>no</p> -->b", "ab"},
    {"comment-unclosed", "a<!-- no >b", "ab"},
    {"conditional", "a<!--[if mso]><p>no</p><![endif]-->b<![if !mso]>c", "abc"},
    {"preheader", "<div style=\"display: none\">no <b>no</b></div>yes", "yes"},
    {"hidden-nested", "<span hidden>no<span>no</span>no</span>yes", "yes"},
    {"pre", "<pre>a  b\n  c</pre>", "a  b\n  c"},
    {"less-than", "a < b and <3", "a < b and <3"},
    {"emoji-picture", "ok <img src=x alt=\"👍\">", "ok 👍"},
    {"picture", "<img src=x alt=\"Our logo, large\">x", "x"},
    {"stray-end", "<div>a</span></b></div></div>b", "a\nb"},
    {"misnested", "<b><i>a</b></i> b", "a b"},
    {"attribute-unclosed", "<a href=\"x>a</a>b", "ab"},
    {"soft-hyphen", "un&shy;happy", "unhappy"},
    {"empty", "", ""},
};

static void
test_text(gconstpointer data)
{
    const Case *c = data;
    g_autofree char *got = html_to_text(c->html, strlen(c->html));

    /* Lines may carry white space that nobody sees. */
    g_autoptr(GString) tidy = g_string_new(got);
    g_string_replace(tidy, " \n", "\n", 0);
    g_assert_cmpstr(tidy->str, ==, c->text);
}

static const Case reply_cases[] = {
    {"gmail",
     "<div dir=\"ltr\"><div>Yes, gladly.</div><div><br></div><div>Bo"
     "b</div></div><br><div class=\"gmail_quote\"><div dir=\"ltr\" cla"
     "ss=\"gmail_attr\">On Tue, Mar 3, 2020 at 9:15 AM Ann Lee &lt;<"
     "a href=\"mailto:ann@example.org\">ann@example.org</a>&gt; wrot"
     "e:<br></div><blockquote class=\"gmail_quote\" style=\"margin:0p"
     "x 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);paddi"
     "ng-left:1ex\"><div>Free?</div></blockquote></div>",
     "Yes, gladly.\n\nBob"},
    {"gmail-inline",
     "<div dir=\"ltr\"><div class=\"gmail_quote\"><div class=\"gmail_at"
     "tr\">On Tue, Mar 3, 2020 at 9:15 AM Ann &lt;ann@example.org&g"
     "t; wrote:<br></div><blockquote class=\"gmail_quote\"><div>When"
     "?</div></blockquote><div><br></div><div>Monday.</div><blockq"
     "uote class=\"gmail_quote\">Where?</blockquote><div>Here.</div>"
     "</div></div>",
     "Monday.\n\nHere."},
    {"gmail-signature",
     "<div dir=\"ltr\">Yes.<br clear=\"all\"><div><br></div>-- <br><di"
     "v dir=\"ltr\" class=\"gmail_signature\"><div>Bob Ray</div></div>"
     "</div>",
     "Yes."},
    {"gmail-unknown-language",
     "<div>Bai.</div><div class=\"gmail_quote\"><div class=\"gmail_at"
     "tr\">X 3 Y 2020 9:15 Z (<a href=\"mailto:a@example.org\">a@exam"
     "ple.org</a>) W:<br></div><blockquote class=\"gmail_quote\">Old"
     "</blockquote></div>",
     "Bai."},
    {"gmail-indent",
     "<div>I know:</div><blockquote style=\"margin:0 0 0 40px;borde"
     "r:none;padding:0px\"><div>Java</div></blockquote>",
     "I know:\nJava"},
    {"apple",
     "<html><body>Yes.<div><br><blockquote type=\"cite\"><div>On 3 M"
     "ar 2020, at 09:15, Ann Lee &lt;ann@example.org&gt; wrote:</d"
     "iv><br class=\"Apple-interchange-newline\"><div>Free?</div></b"
     "lockquote></div><br></body></html>",
     "Yes."},
    {"apple-ios",
     "<html><body dir=\"auto\">Yes.<br id=\"lineBreakAtBeginningOfSig"
     "nature\"><div dir=\"ltr\">Sent from my iPhone</div><div dir=\"lt"
     "r\"><br><blockquote type=\"cite\">On 3 Mar 2020, at 09:15, Ann "
     "Lee wrote:<br><br></blockquote></div><blockquote type=\"cite\""
     "><div dir=\"ltr\">Free?</div></blockquote></body></html>",
     "Yes."},
    {"yahoo",
     "<div class=\"yahoo-style-wrap\"><div>Yes.</div></div><div id=\""
     "ydp1a2b3c4dyahoo_quoted_0123\" class=\"ydp1a2b3c4dyahoo_quoted"
     "\"><div>On Tuesday, 3 March 2020, 09:15:22 CET, Ann wrote:</d"
     "iv><div>Free?</div></div>",
     "Yes."},
    {"thunderbird",
     "<body><p>Yes.</p><div class=\"moz-cite-prefix\">Am 03.03.20 um"
     " 09:15 schrieb Ann Lee:<br></div><blockquote type=\"cite\" cit"
     "e=\"mid:1@example.org\"><p>Free?</p></blockquote><p>More.</p><"
     "pre class=\"moz-signature\" cols=\"72\">-- \nBob</pre></body>",
     "Yes.\n\nMore."},
    {"thunderbird-forward",
     "<p>Look.</p><div class=\"moz-forward-container\"><br>-------- "
     "Forwarded Message --------<table class=\"moz-email-headers-ta"
     "ble\"><tr><th>Subject: </th><td>x</td></tr></table><p>Free?</"
     "p></div>",
     "Look."},
    {"outlook",
     "<div class=\"WordSection1\"><p class=\"MsoNormal\">Yes.<o:p></o:"
     "p></p><p class=\"MsoNormal\"><o:p>&nbsp;</o:p></p><p class=\"Ms"
     "oNormal\">Monday.</p><div><div style=\"border:none;border-top:"
     "solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm\"><p class=\"Mso"
     "Normal\"><b>From:</b> Ann Lee &lt;ann@example.org&gt; <br><b>"
     "Sent:</b> Tuesday, 3 March 2020 09:15<br><b>To:</b> Bob<br><"
     "b>Subject:</b> A talk<o:p></o:p></p></div></div><p class=\"Ms"
     "oNormal\">Free?</p></div>",
     "Yes.\n\nMonday."},
    {"outlook-german",
     "<div class=\"WordSection1\"><p class=\"MsoNormal\">Ja.</p><div s"
     "tyle=\"border:none;border-top:solid #E1E1E1 1.0pt\"><p class=\""
     "MsoNormal\"><b>Von:</b> Ann Lee &lt;ann@example.org&gt;<br><b"
     ">Gesendet:</b> Dienstag, 3. M&auml;rz 2020 09:15<br><b>An:</"
     "b> Bob<br><b>Betreff:</b> Gespr&auml;ch</p></div><p>Frei?</p"
     "></div>",
     "Ja."},
    {"outlook-unknown-language",
     "<p class=MsoNormal>Mja.</p><div style=\"border:none;border-to"
     "p:solid #E1E1E1 1.0pt\"><p class=MsoNormal><b>Kto:</b> Ann &l"
     "t;ann@example.org&gt;<br><b>Kogda:</b> x<br><b>Komur:</b> Bo"
     "b<br><b>O:</b> y</p></div><p>Old</p>",
     "Mja."},
    {"outlook-web",
     "<div class=\"elementToProof\">Yes.</div><div id=\"appendonsend\""
     "></div><hr style=\"display:inline-block;width:98%\" tabindex=\""
     "-1\"><div id=\"divRplyFwdMsg\" dir=\"ltr\"><font face=\"Calibri\"><"
     "b>From:</b> Ann Lee &lt;ann@example.org&gt;<br><b>Sent:</b> "
     "Tuesday, March 3, 2020 9:15 AM<br><b>To:</b> Bob<br><b>Subje"
     "ct:</b> A talk</font><div>&nbsp;</div></div><div>Free?</div>",
     "Yes."},
    {"outlook-web-unknown-language",
     "<div>Yes.</div><hr><div id=\"divRplyFwdMsg\"><b>Xa:</b> Ann<br"
     "><b>Xb:</b> y</div><div>Free?</div>",
     "Yes."},
    {"outlook-web-empty",
     "<div><br></div><hr><div id=\"divRplyFwdMsg\"><b>From:</b> Ann Lee<br>"
     "<b>Sent:</b> Tuesday<br><b>Subject:</b> x</div><div>Free?</div>",
     ""},
    {"outlook-new",
     "<div>Yes.</div><div id=\"mail-editor-reference-message-contai"
     "ner\"><div>From: Ann</div><div>Free?</div></div>",
     "Yes."},
    {"outlook-blue-line",
     "<p>See below.</p><div style=\"border:none;border-left:solid b"
     "lue 1.5pt;padding:0cm 0cm 0cm 4.0pt\"><p>Free?</p></div>",
     "See below."},
    {"outlook-signature",
     "<div>Yes.</div><div id=\"Signature\"><div>Bob Ray</div></div>", "Yes."},
    {"proton",
     "<div>Yes.</div><div class=\"protonmail_signature_block\"><div>"
     "Sent with Proton Mail</div></div><div class=\"protonmail_quot"
     "e\">On Tuesday, March 3rd, 2020 at 9:15 AM, Ann wrote:<br><bl"
     "ockquote class=\"protonmail_quote\" type=\"cite\">Free?</blockqu"
     "ote></div>",
     "Yes."},
    {"zoho",
     "<div>Yes.<br></div><div class=\"zmail_extra\"><div>---- On Tue"
     ", 03 Mar 2020 09:15:22 +0100 <b>ann@example.org</b> wrote --"
     "--</div><blockquote>Free?</blockquote></div>",
     "Yes."},
    {"gmx",
     "<div>Ja.</div><div name=\"quote\" style=\"margin:10px 5px;paddi"
     "ng:10px 0;border-left:2px solid #C3D9E5\"><div><b>Gesendet:</"
     "b> Dienstag</div>Frei?</div>",
     "Ja."},
    {"spark",
     "<div name=\"messageBodySection\">Yes.</div><div name=\"messageR"
     "eplySection\">On 3 Mar 2020, 09:15 +0100, Ann Lee &lt;ann@exa"
     "mple.org&gt;, wrote:<br><blockquote type=\"cite\" class=\"spark"
     "_quote\">Free?</blockquote></div>",
     "Yes."},
    {"mailbird",
     "<div>Yes.</div><blockquote class=\"history_container\" type=\"c"
     "ite\"><p>On 3/3/2020 9:15:22 AM, Ann wrote:</p>Free?</blockqu"
     "ote>",
     "Yes."},
    {"zimbra",
     "<div>Yes.</div><hr id=\"zwchr\"><div><b>From: </b>\"Ann\" &lt;an"
     "n@example.org&gt;<br><b>To: </b>\"Bob\"<br><b>Sent: </b>Tuesda"
     "y<br><b>Subject: </b>x</div><div>Free?</div>",
     "Yes."},
    {"hotmail",
     "<div>Yes.<br><hr id=\"stopSpelling\">Date: Tue, 3 Mar 2020<br>"
     "From: ann@example.org<br>Subject: x<br>To: bob@example.org<b"
     "r><br>Free?</div>",
     "Yes."},
    {"qq",
     "<div>好的</div><div><br></div><div style=\"font-size: 12px;\">--"
     "----------------&nbsp;原始邮件&nbsp;------------------</div><div"
     "><b>发件人:</b>&nbsp;\"李安\" &lt;ann@example.org&gt;;</div><div><b"
     ">发送时间:</b> 2020年3月3日</div><div>可以吗？</div>",
     "好的"},
    {"samsung",
     "<div>Yes.</div><div style=\"font-size:85%\">Sent from my Galax"
     "y</div><div><br></div><div>-------- Original message -------"
     "-</div><div>From: Ann Lee &lt;ann@example.org&gt; </div><div"
     ">Date: 3/3/20  09:15  (GMT+01:00) </div><div>To: bob@example"
     ".org </div><div>Subject: A talk </div><div>Free?</div>",
     "Yes."},
    {"plain-in-html", "<pre>Yes.\n\n&gt; Free?\n&gt; Ann\n\nMore.</pre>",
     "Yes.\n\nMore."},
    {"double-renamed",
     "<div>Yes.</div><div class=\"x_x_yahoo_quoted\">Old</div>", "Yes."},
    {"only-signature-place",
     "<div class=\"gmail_signature\">I wrote my answer here.</div>",
     "I wrote my answer here."},
    {"link-kept-short",
     "<p>See <a href=\"https://bob.example/cv\">my page</a>.</p>",
     "See my page."},
    {"own-rule", "<p>Yes.</p><hr><p>And more, said once.</p>",
     "Yes.\n\nAnd more, said once."},
    {"word-settings", "<xml><w:View>Normal</w:View></xml><p>Yes.</p>", "Yes."},
    {"unclosed-quote", "<p>Yes.</p><blockquote type=\"cite\"><div>Free?<p>Ann",
     "Yes."},
    {"stray-end-in-quote",
     "<p>Yes.</p><blockquote><div></p></span>Free?</blockquote><p>"
     "More.</p>",
     "Yes.\n\nMore."},
    {"nothing", "<blockquote>Free?</blockquote>", ""},
};

static void
test_reply(gconstpointer data)
{
    const Case *c = data;
    g_autofree char *got = html_reply_text(c->html, strlen(c->html));

    g_assert_cmpstr(got, ==, c->text);
}

/* `unit` over and over, a megabyte of it. */
static char *
hostile(const char *unit)
{
    GString *out = g_string_sized_new(HTML_TEXT_MAX_BYTES + 64);

    while (out->len < HTML_TEXT_MAX_BYTES)
        g_string_append(out, unit);
    return g_string_free(out, FALSE);
}

static const char *const hostile_units[] = {
    "<div>",
    "<a><b>",
    "</div>",
    "<p>",
    "<table><td>",
    "</td>",
    "<!--",
    "<style>",
    "<",
    "&",
    "&#",
    "&amp;",
    "<a href=\"",
    "<a x='",
    "<a ",
    " a=b",
    "<ol><li>",
    "<blockquote>x",
    "<blockquote><b></blockquote>",
    "<span style=\"display:none\">",
    "<table><tr><td></div>",
    "<br>",
    " ",
    "\xff",
    "\xc2",
    "<pre>\n",
    "<div a b c d e f g class=x>",
    "<b><i><u></b></div></p>",
    "<a href=http://a.example/>x",
};

static void
test_hostile(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(hostile_units); i++) {
        g_autofree char *html = hostile(hostile_units[i]);
        size_t length = strlen(html);
        g_autofree char *reply = html_reply_text(html, length);
        g_assert_true(g_utf8_validate(reply, -1, NULL));
        g_autofree char *text = html_to_text(html, length);
        g_assert_true(g_utf8_validate(text, -1, NULL));
        g_assert_cmpuint(strlen(text), <=, 8 * length);
        /* The stack of open elements is the only thing searched: its height
           bounds the steps per tag. */
        g_assert_cmpuint(html_text_steps(), <=, 64 * length);
    }
}

static void
test_limit(void)
{
    g_autoptr(GString) html = g_string_new(NULL);
    g_autofree char *text = NULL;

    while (html->len < HTML_TEXT_MAX_BYTES + 10)
        g_string_append(html, "ä ");
    text = html_to_text(html->str, html->len);
    g_assert_true(g_utf8_validate(text, -1, NULL));
    g_assert_cmpuint(strlen(text), <=, HTML_TEXT_MAX_BYTES);
    g_assert_false(g_str_has_suffix(text, "\uFFFD"));
}

static void
test_bytes(void)
{
    static const char html[] = "a\0b\xff<p>\xe4";
    g_autofree char *text = html_to_text(html, sizeof html - 1);

    g_assert_cmpstr(text, ==, "a�b�\n\n�");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(text_cases); i++) {
        g_autofree char *path =
            g_strdup_printf("/html-text/text/%s", text_cases[i].path);
        g_test_add_data_func(path, &text_cases[i], test_text);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(reply_cases); i++) {
        g_autofree char *path =
            g_strdup_printf("/html-text/reply/%s", reply_cases[i].path);
        g_test_add_data_func(path, &reply_cases[i], test_reply);
    }
    g_test_add_func("/html-text/hostile", test_hostile);
    g_test_add_func("/html-text/limit", test_limit);
    g_test_add_func("/html-text/bytes", test_bytes);
    return g_test_run();
}
