/* SPDX-License-Identifier: Apache-2.0 */
/* settings_table.c - every setting an author can write
 *
 * The order is that of the manual and of the lists in E106. */
#include "nurture/settings.h"

#define CAMPAIGN (IN_CAMPAIGN | IN_NEWSLETTER)
#define MAIL     (IN_MAIL | IN_NEWSLETTER)
#define BOTH     (IN_CAMPAIGN | IN_NEWSLETTER | IN_MAIL)
#define SPACE    IN_WORKSPACE
#define YES      true
#define NO       false

const Setting settings_table[] = {
    /* campaigns and mails */
    {"name", CAMPAIGN, SETTING_TEXT, YES, NULL, NULL, 0, 0,
     "What the team calls this campaign; candidates never see it."},
    {"status", CAMPAIGN, SETTING_CHOICE, NO, "draft",
     "draft|ready|paused|archived", 0, 0,
     "Only a campaign that is ready can be launched."},
    {"audience", CAMPAIGN, SETTING_EXPRESSION, NO, NULL, NULL, 0, 0,
     "Who gets it: an expression, or a list of segments of which the first "
     "that fits is the person's segment. Required."},
    {"exclude", CAMPAIGN, SETTING_EXPRESSION, NO, NULL, NULL, 0, 0,
     "Who does not, asked when a person would join."},
    {"needs", CAMPAIGN, SETTING_CHOICE, NO, NULL, "role", 0, 0,
     "The campaign is about one open role, named when it is planned."},
    {"subject", MAIL, SETTING_TEXT, YES, NULL, NULL, 0, 0,
     "The subject line; merge tags may stand in it."},
    {"preheader", MAIL, SETTING_TEXT, NO, NULL, NULL, 0, 0,
     "The line that the inbox shows after the subject."},
    {"variants", MAIL, SETTING_MAPS, NO, NULL, NULL, 0, 0,
     "Versions of this mail that are tried against each other."},
    {"attach", MAIL, SETTING_WORD_OR_LIST, NO, NULL, NULL, 0, 0,
     "Files of the workspace that travel with the mail, 5 MB together."},
    {"event", MAIL, SETTING_MAP, NO, NULL, NULL, 0, 0,
     "An appointment that travels with the mail as an invitation."},
    {"from", BOTH, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "Who writes: recruiter (the candidate's own), a file in senders/, or "
     "role.recruiter."},
    {"reply_to", BOTH, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "Who reads the answers, in the same words as 'from'."},
    {"start", CAMPAIGN, SETTING_DATE, NO, NULL, NULL, 0, 0,
     "Nothing leaves before this moment."},
    {"send_at", CAMPAIGN, SETTING_DATE, NO, NULL, NULL, 0, 0,
     "When a newsletter leaves; another name for 'start'."},
    {"send_window", CAMPAIGN, SETTING_WINDOW, NO, NULL, NULL, 0, 0,
     "Weekdays and hours in which mails may arrive; sending.window if not "
     "set."},
    {"rate", CAMPAIGN, SETTING_RATE, NO, NULL, NULL, 0, 0,
     "At most so many mails of this campaign, besides sending.rate."},
    {"cap", CAMPAIGN, SETTING_RATE, NO, NULL, NULL, 0, 0,
     "At most so many mails to one candidate from this campaign, besides "
     "sending.cap."},
    {"re_enter", CAMPAIGN, SETTING_WORD, NO, "never", NULL, 0, 0,
     "Whether a person can go through it again: never, or after 12m."},
    {"stop_when", CAMPAIGN, SETTING_EXPRESSION, NO, NULL, NULL, 0, 0,
     "A person for whom this is true gets no further mail; asked at every "
     "step. What happened in this campaign counts from their present way "
     "through it."},
    {"goal", CAMPAIGN, SETTING_EXPRESSION, NO, NULL, NULL, 0, 0,
     "What counts as success in the report."},
    {"holdout", CAMPAIGN, SETTING_PERCENT, NO, "0%", NULL, 0, 5000,
     "So many people get nothing, to be compared with the others."},
    {"track", CAMPAIGN, SETTING_YES_NO, NO, "yes", NULL, 0, 0,
     "Whether links lead over the tracking server, within 'tracking'."},
    {"language", CAMPAIGN, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "The language of the mails without one in their name; the first of "
     "'languages' if not set."},
    {"priority", CAMPAIGN, SETTING_NUMBER, NO, "50", NULL, 1, 100,
     "Which campaign goes first where the cap lets only one through: the "
     "lower number."},
    {"on_doubt", CAMPAIGN, SETTING_CHOICE, NO, "hold", "hold|resend", 0, 0,
     "What to do with a mail of which a crash hid whether it was sent."},
    {"topic", CAMPAIGN, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "What a candidate can unsubscribe from without leaving everything."},
    {"purpose", CAMPAIGN, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "The purpose of the consent that this campaign needs."},
    {"expires", CAMPAIGN, SETTING_DURATION, NO, NULL, NULL, 0, 0,
     "A mail that could not leave for so long is not sent any more. If not "
     "set: 7d, and a mail that only the cap keeps back does not grow old."},
    {"holidays", CAMPAIGN, SETTING_CHOICE, NO, "keep", "keep|ignore", 0, 0,
     "Whether mails wait on public holidays."},
    {"spread", CAMPAIGN, SETTING_DURATION, NO, NULL, NULL, 0, 0,
     "Mails that are due together leave over so long, such as 15 minutes; all "
     "at once, within the rate, if not set."},
    {"layout", BOTH, SETTING_WORD, NO, "layout", NULL, 0, 0,
     "The file in templates/ around the text, without .html."},
    {"steps", IN_CAMPAIGN, SETTING_MAPS, YES, NULL, NULL, 0, 0,
     "The mails of a sequence in their order."},
    {"owner", CAMPAIGN, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "Who answers for it in the team."},
    {"allow", BOTH, SETTING_WORD_OR_LIST, NO, NULL, NULL, 0, 0,
     "Codes of warnings that are meant here, such as [W407]."},

    /* a step */
    {"mail", IN_STEP, SETTING_WORD, YES, NULL, NULL, 0, 0,
     "The file of the mail, without .md."},
    {"wait", IN_STEP, SETTING_DURATION, NO, NULL, NULL, 0, 0,
     "Since the previous mail reached this person: 4d, 4 business days, until "
     "2026-04-01 09:00, until role.closes minus 5d."},
    {"on", IN_STEP, SETTING_CHOICE, NO, NULL,
     "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday", 0, 0,
     "The weekday, the first one after the wait."},
    {"at", IN_STEP, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "The time of day, such as 09:30; that of the previous mail if not set."},
    {"late", IN_STEP, SETTING_CHOICE, NO, "next-window",
     "skip|next-window|exit", 0, 0,
     "What happens to a mail that could not leave in its window."},
    {"thread", IN_STEP, SETTING_YES_NO, NO, "no", NULL, 0, 0,
     "Whether it answers the campaign's first mail, in one conversation: with "
     "that one's subject after Re:, and from the same sender."},
    {"only_if", IN_STEP, SETTING_EXPRESSION, NO, NULL, NULL, 0, 0,
     "Who gets this mail; the others go on to the next step."},
    {"was", IN_STEP, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "The step's name before it was renamed."},
    {"drop", IN_STEP, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "A step that was taken out before this one; who waits for it goes on "
     "here."},

    /* a variant */
    {"id", IN_VARIANT, SETTING_WORD, YES, NULL, NULL, 0, 0,
     "The name of the variant."},
    {"share", IN_VARIANT, SETTING_PERCENT, YES, NULL, NULL, 0, 10000,
     "How many of the readers get it; all shares make 100%."},
    {"subject", IN_VARIANT, SETTING_TEXT, NO, NULL, NULL, 0, 0,
     "Its subject, if not that of the mail."},
    {"preheader", IN_VARIANT, SETTING_TEXT, NO, NULL, NULL, 0, 0,
     "Its preheader, if not that of the mail."},
    {"from", IN_VARIANT, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "Its sender, if not that of the mail."},
    {"mail", IN_VARIANT, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "The file of its text, such as welcome.b, if not that of the mail."},

    /* an event */
    {"title", IN_EVENT, SETTING_TEXT, YES, NULL, NULL, 0, 0,
     "What the calendar shows."},
    {"start", IN_EVENT, SETTING_DATE, YES, NULL, NULL, 0, 0, "When it begins."},
    {"length", IN_EVENT, SETTING_DURATION, NO, NULL, NULL, 0, 0,
     "How long it takes, for example 45 minutes."},
    {"end", IN_EVENT, SETTING_DATE, NO, NULL, NULL, 0, 0,
     "When it ends, instead of 'length'."},
    {"where", IN_EVENT, SETTING_TEXT, NO, NULL, NULL, 0, 0,
     "The place, or the address of the call."},

    /* senders/NAME.md */
    {"name", IN_SENDER, SETTING_TEXT, YES, NULL, NULL, 0, 0,
     "The name that candidates read."},
    {"email", IN_SENDER, SETTING_ADDRESS, YES, NULL, NULL, 0, 0,
     "The address, within sending.domain."},
    {"title", IN_SENDER, SETTING_TEXT, NO, NULL, NULL, 0, 0,
     "What the person does."},
    {"phone", IN_SENDER, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "The telephone number, as it is to be read."},
    {"role", IN_SENDER, SETTING_CHOICE, NO, "recruiter",
     "recruiter|marketing|lead", 0, 0,
     "What the person may see in the web pages: own answers and people, "
     "campaigns and reports, or everything."},

    /* roles/NAME.md */
    {"title", IN_ROLE, SETTING_TEXT, YES, NULL, NULL, 0, 0,
     "The title of the role."},
    {"city", IN_ROLE, SETTING_WORD, YES, NULL, NULL, 0, 0,
     "Where the work is."},
    {"url", IN_ROLE, SETTING_URL, YES, NULL, NULL, 0, 0,
     "The page where people apply."},
    {"salary", IN_ROLE, SETTING_WORD, YES, NULL, NULL, 0, 0,
     "The salary, as it is to be read."},
    {"interests", IN_ROLE, SETTING_WORD_OR_LIST, YES, NULL, NULL, 0, 0,
     "The interests it fits."},
    {"levels", IN_ROLE, SETTING_WORD_OR_LIST, YES, NULL, NULL, 0, 0,
     "The seniorities it fits."},
    {"countries", IN_ROLE, SETTING_WORD_OR_LIST, YES, NULL, NULL, 0, 0,
     "The countries people can work from."},
    {"recruiter", IN_ROLE, SETTING_WORD, YES, NULL, NULL, 0, 0,
     "The file in senders/ of the recruiter."},
    {"opens", IN_ROLE, SETTING_DATE, NO, NULL, NULL, 0, 0, "The first day."},
    {"closes", IN_ROLE, SETTING_DATE, YES, NULL, NULL, 0, 0,
     "The last day; a campaign for the role ends with it."},
    {"skills", IN_ROLE, SETTING_WORD_OR_LIST, NO, NULL, NULL, 0, 0,
     "Words to look for in job titles, skills and notes when people are "
     "ranked, besides those of the title."},
    {"languages", IN_ROLE, SETTING_WORD_OR_LIST, NO, NULL, NULL, 0, 0,
     "The languages people work in; those of nurture.yaml if not set."},
    {"job", IN_ROLE, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "The job in the ATS as SYSTEM:ID; when it closes there, a campaign for "
     "the role ends."},

    /* fields.yaml */
    {"name", IN_FIELD, SETTING_WORD, YES, NULL, NULL, 0, 0,
     "The name: small letters, digits and underscores."},
    {"type", IN_FIELD, SETTING_CHOICE, YES, NULL,
     "text|number|date|yes/no|choice|set|url", 0, 0, "What it holds."},
    {"values", IN_FIELD, SETTING_LIST, NO, NULL, NULL, 0, 0,
     "The possible values; without them a set takes any."},
    {"ordered", IN_FIELD, SETTING_YES_NO, NO, "no", NULL, 0, 0,
     "Whether the values have an order, for >= and <."},
    {"required", IN_FIELD, SETTING_YES_NO, NO, "no", NULL, 0, 0,
     "Whether people without a value are held back."},
    {"private", IN_FIELD, SETTING_YES_NO, NO, "no", NULL, 0, 0,
     "Whether it can be tested, but never printed in a mail."},

    /* tests/personas.yaml */
    {"id", IN_PERSONA, SETTING_WORD, YES, NULL, NULL, 0, 0,
     "The name for --as."},

    /* nurture.yaml */
    {"company", SPACE, SETTING_TEXT, YES, NULL, NULL, 0, 0,
     "The name that candidates know."},
    {"time_zone", SPACE, SETTING_ZONE, YES, NULL, NULL, 0, 0,
     "What every date without a zone means, such as Europe/Berlin."},
    {"languages", SPACE, SETTING_WORD_OR_LIST, NO, "en", NULL, 0, 0,
     "The languages mails are written in; the first is the default."},
    {"quiet_hours", SPACE, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "No mail arrives between these hours, such as 20:00-08:00, whatever a "
     "campaign says."},
    {"id", SPACE, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "Written by 'nurture init': tells workspaces of one name apart."},
    {"database", SPACE, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "The database file, if not in the usual place; never in the folder."},
    {"sending.domain", SPACE, SETTING_WORD, YES, NULL, NULL, 0, 0,
     "The domain in which all From addresses must be."},
    {"sending.fallback_sender", SPACE, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "The file in senders/ for candidates without a recruiter."},
    {"sending.bounces", SPACE, SETTING_ADDRESS, YES, NULL, NULL, 0, 0,
     "The mailbox that undeliverable mail comes back to."},
    {"sending.replies", SPACE, SETTING_ADDRESS, YES, NULL, NULL, 0, 0,
     "The mailbox that answers go to."},
    {"sending.rate", SPACE, SETTING_RATE, NO, "20 per minute", NULL, 0, 0,
     "At most so many mails from all campaigns."},
    {"sending.window", SPACE, SETTING_WINDOW, NO,
     "Mon-Fri 08:30-17:30 recipient", NULL, 0, 0,
     "Weekdays and hours for campaigns that name none."},
    {"sending.cap", SPACE, SETTING_RATE, NO, "2 per 14d", NULL, 0, 0,
     "No candidate gets more from all campaigns together."},
    {"sending.per_sender_day", SPACE, SETTING_NUMBER, NO, "0", NULL, 0, 1000000,
     "At most so many mails a day from one sender; 0 is no limit."},
    {"sending.warm_up", SPACE, SETTING_DATE, NO, NULL, NULL, 0, 0,
     "The first day of a new sending domain: 50 mails on it, then more from "
     "day to day."},
    {"sending.providers", SPACE, SETTING_CHOICE, NO, "domain", "domain|mx", 0,
     0,
     "How to tell who runs a recipient's mail, and may ask for less of it: by "
     "well-known domains, or by MX records, too."},
    {"sending.confirm_over", SPACE, SETTING_NUMBER, NO, "50", NULL, 0,
     1000000000, "A launch to more people asks for the number."},
    {"receiving.authserv_id", SPACE, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "The name your mail server writes first in Authentication-Results; "
     "others' are not believed."},
    {"smtp.host", SPACE, SETTING_WORD, YES, NULL, NULL, 0, 0,
     "The mail server that takes the mails."},
    {"smtp.port", SPACE, SETTING_NUMBER, NO, "587", NULL, 1, 65535,
     "Its port."},
    {"smtp.tls", SPACE, SETTING_CHOICE, NO, "required",
     "required|opportunistic|off", 0, 0, "Whether the way there is encrypted."},
    {"smtp.user", SPACE, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "The name to log in with."},
    {"smtp.password_from", SPACE, SETTING_TEXT, NO, NULL, NULL, 0, 0,
     "Where the password is: command ..., env NAME, or file PATH."},
    {"smtp.auth", SPACE, SETTING_CHOICE, NO, "password", "password|xoauth2", 0,
     0,
     "How to log in: with a password, or with the access token that "
     "password_from gives."},
    {"smtp.certificate", SPACE, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "The PEM file of a certificate that shows the mail server who we are."},
    {"smtp.key", SPACE, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "The private key of smtp.certificate, if it is not in the same file."},
    {"smtp.ehlo", SPACE, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "The name this computer gives itself; sending.domain if not set."},
    {"smtp.connections", SPACE, SETTING_NUMBER, NO, "2", NULL, 1, 200,
     "How many connections at once."},
    {"smtp.window", SPACE, SETTING_NUMBER, NO, "0", NULL, 0, 64,
     "How many messages one connection may have on the way at once, where the "
     "relay offers CHUNKING. As many can be in doubt after a crash. 0 sends "
     "with DATA, one after the other."},
    {"dkim.sign", SPACE, SETTING_CHOICE, NO, "relay", "relay|here", 0, 0,
     "Who signs the mails: the mail server, or nurture."},
    {"dkim.selector", SPACE, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "The name of the keys in the DNS, for dkim.sign: here; nurture if not "
     "set."},
    {"dkim.key_file", SPACE, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "The private key, outside the folder, if not where 'nurture dkim keygen' "
     "puts it."},
    {"legal.postal_address", SPACE, SETTING_TEXT, YES, NULL, NULL, 0, 0,
     "The company's postal address, for the foot of every mail."},
    {"legal.privacy_url", SPACE, SETTING_URL, NO, NULL, NULL, 0, 0,
     "The page that tells candidates what you do with their data."},
    {"legal.lawful_basis", SPACE, SETTING_CHOICE, NO, "consent",
     "consent|legitimate-interest", 0, 0, "Why you may write at all."},
    {"legal.notice", SPACE, SETTING_CHOICE, NO, "letter", "letter|first-mail",
     0, 0,
     "How sourced people are told where their data are from (GDPR Article 14, "
     "where the basis is legitimate interest): by a letter before any other "
     "mail, or in their first campaign mail, by {{ notice }} in the layout; "
     "whoever got none within two weeks gets the letter."},
    {"legal.retention", SPACE, SETTING_DURATION, NO, NULL, NULL, 0, 0,
     "How long after the last contact people may be written to."},
    {"retention.automatic", SPACE, SETTING_YES_NO, NO, "no", NULL, 0, 0,
     "Whether 'nurture run' does once a day what 'nurture retention --apply' "
     "does."},
    {"retention.renewal", SPACE, SETTING_DURATION, NO, "60d", NULL, 0, 0,
     "How long before legal.retention ends people are asked to stay."},
    {"retention.reminder", SPACE, SETTING_DURATION, NO, "14d", NULL, 0, 0,
     "How long before the end they are asked again, and have to answer."},
    {"sunset.after", SPACE, SETTING_DURATION, NO, NULL, NULL, 0, 0,
     "How long people may be mailed without a click, an answer or another sign "
     "of life before they are asked once whether they want to stay. Nobody is "
     "asked if not set. 'nurture retention' lists them."},
    {"sunset.mails", SPACE, SETTING_NUMBER, NO, "3", NULL, 1, 1000,
     "How many campaign mails must have left to them in that time."},
    {"sunset.answer", SPACE, SETTING_DURATION, NO, "30d", NULL, 0, 0,
     "How long they have to say so before they are archived: not mailed until "
     "they give a sign of life."},
    {"tracking.base_url", SPACE, SETTING_URL, NO, NULL, NULL, 0, 0,
     "Where 'nurture serve' is reached from outside; without it nothing is "
     "tracked."},
    {"tracking.clicks", SPACE, SETTING_CHOICE, NO, "consented",
     "off|aggregate|consented", 0, 0, "Whose clicks are counted."},
    {"tracking.opens", SPACE, SETTING_CHOICE, NO, "off",
     "off|deliverability|consented", 0, 0, "Whose opens are counted."},
    {"tracking.honeypot", SPACE, SETTING_YES_NO, NO, "no", NULL, 0, 0,
     "Whether a campaign's mails have a hidden link that only machines follow, "
     "by which the hits around it are known to be theirs."},
    {"theme.font", SPACE, SETTING_WORD, NO, "Arial, Helvetica, sans-serif",
     NULL, 0, 0, "The typeface and what stands in for it."},
    {"theme.text", SPACE, SETTING_COLOUR, NO, "#1f2933", NULL, 0, 0,
     "The colour of the text."},
    {"theme.accent", SPACE, SETTING_COLOUR, NO, "#0b6bcb", NULL, 0, 0,
     "The colour of buttons and links."},
    {"theme.width", SPACE, SETTING_NUMBER, NO, "600", NULL, 320, 1200,
     "The width of a mail in pixels."},
    {"images.base_url", SPACE, SETTING_URL, NO, NULL, NULL, 0, 0,
     "Where the images are published; without it they travel in the mail."},
    {"ranking.interest", SPACE, SETTING_NUMBER, NO, "25", NULL, 0, 1000,
     "What a shared interest weighs when people are ranked for a role."},
    {"ranking.words", SPACE, SETTING_NUMBER, NO, "20", NULL, 0, 1000,
     "What the role's words in titles, skills and notes weigh."},
    {"ranking.seniority", SPACE, SETTING_NUMBER, NO, "15", NULL, 0, 1000,
     "What the right level weighs."},
    {"ranking.location", SPACE, SETTING_NUMBER, NO, "10", NULL, 0, 1000,
     "What the role's city or country weighs."},
    {"ranking.language", SPACE, SETTING_NUMBER, NO, "5", NULL, 0, 1000,
     "What a language of the role weighs."},
    {"ranking.reached", SPACE, SETTING_NUMBER, NO, "10", NULL, 0, 1000,
     "What it weighs how far somebody got when they applied before."},
    {"ranking.recency", SPACE, SETTING_NUMBER, NO, "5", NULL, 0, 1000,
     "What a sign of life of today weighs; half after a year."},
    {"ranking.score", SPACE, SETTING_NUMBER, NO, "10", NULL, 0, 1000,
     "What the engagement score weighs."},
    {"reports.attribution", SPACE, SETTING_DURATION, NO, "90d", NULL, 0, 0,
     "How long before an application the last touch of a campaign or a "
     "recruiter may be for the application to be its doing."},
    {"scores.open", SPACE, SETTING_NUMBER, NO, "0", NULL, 0, 1000,
     "Points for an open."},
    {"scores.click", SPACE, SETTING_NUMBER, NO, "3", NULL, 0, 1000,
     "Points for a click."},
    {"scores.interest", SPACE, SETTING_NUMBER, NO, "30", NULL, 0, 1000,
     "Points for the 'I am interested' link."},
    {"scores.reply", SPACE, SETTING_NUMBER, NO, "20", NULL, 0, 1000,
     "Points for an answer."},
    {"scores.positive_reply", SPACE, SETTING_NUMBER, NO, "20", NULL, 0, 1000,
     "Points on top for an answer that is interested."},
    {"scores.half_life", SPACE, SETTING_DURATION, NO, "90d", NULL, 0, 0,
     "After so long a point is worth half."},
    {"serve.listen", SPACE, SETTING_WORD, NO, "127.0.0.1:8080", NULL, 0, 0,
     "Where 'nurture serve' waits for the public pages."},
    {"serve.recruiter_listen", SPACE, SETTING_WORD, NO, "127.0.0.1:8081", NULL,
     0, 0, "Where it waits for the recruiters' pages; never the same."},
    {"serve.recruiter_url", SPACE, SETTING_URL, NO, NULL, NULL, 0, 0,
     "Where people open the recruiters' pages, such as "
     "https://talent.kestrel.example; the address above if not set."},
    {"join.form", SPACE, SETTING_YES_NO, NO, "no", NULL, 0, 0,
     "Whether 'nurture serve' has a form for the talent community, under "
     "/join; a link in a mail confirms who fills it in."},
    {"join.fields", SPACE, SETTING_WORD_OR_LIST, NO, "first_name", NULL, 0, 0,
     "What the form asks for besides the address, such as [first_name, city]."},
    {"join.consent", SPACE, SETTING_TEXT, NO, NULL, NULL, 0, 0,
     "The sentence people agree to there. templates/join/consent.LANGUAGE.txt "
     "has it in a language (consent.de.txt); without either it is nurture's "
     "own, in the visitor's."},
    {"join.version", SPACE, SETTING_WORD, NO, "1", NULL, 0, 0,
     "Which version of that sentence it is: kept with each consent."},
    {"ats.max_age", SPACE, SETTING_DURATION, NO, "24h", NULL, 0, 0,
     "Mails wait when the last news from the ATS are older. Any webhook that "
     "is signed right counts, and so does a fetch that finds nothing new."},
    {"ats.quiet", SPACE, SETTING_CHOICE, NO, "never", "never|weekends", 0, 0,
     "When silence says nothing: with webhooks alone, no news come over a "
     "weekend, and Monday's mail would wait. Then Saturdays and Sundays do not "
     "count for max_age. A fetch is safer: it also sees that the ATS is gone."},
    {"ats.cool_off", SPACE, SETTING_DURATION, NO, "90d", NULL, 0, 0,
     "How long nobody is mailed after a rejection."},
    {"ats.after_rejection", SPACE, SETTING_CHOICE, NO, "exit", "exit|resume", 0,
     0, "What becomes of the sequences a rejected person was in."},
    {"ats.erase_after", SPACE, SETTING_DURATION, NO, "1d", NULL, 0, 0,
     "How long after a record was deleted in the ATS the person is erased; "
     "nobody is mailed meanwhile."},
    {"ats.drop", SPACE, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "A folder: files put there are taken by 'nurture run', then moved to "
     "done/ or failed/ in it."},
    {"ats.fetch", SPACE, SETTING_TEXT, NO, NULL, NULL, 0, 0,
     "A command that prints what has changed as JSON lines; run when the last "
     "news are older than a quarter of max_age."},
    {"ats.hooks", SPACE, SETTING_MAPS, NO, NULL, NULL, 0, 0,
     "Webhooks that 'nurture serve' takes under /hooks/NAME."},
    {"ats.out", SPACE, SETTING_MAPS, NO, NULL, NULL, 0, 0,
     "Where 'nurture run' sends replies, interest, opt-outs, bounces and "
     "erasures to, as signed webhooks."},

    /* ats.hooks */
    {"name", IN_HOOK, SETTING_WORD, YES, NULL, NULL, 0, 0,
     "The last part of its address, /hooks/NAME."},
    {"adapter", IN_HOOK, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "Whose webhooks they are: ashby, greenhouse, lever, merge, "
     "smartrecruiters, workable, or a file of your own, ats/ADAPTER.tsv; the "
     "name if not set."},
    {"src", IN_HOOK, SETTING_WORD, NO, NULL, NULL, 0, 0,
     "What its records are known by, as in files; the adapter if not set."},
    {"secret_from", IN_HOOK, SETTING_TEXT, YES, NULL, NULL, 0, 0,
     "Where the signing secret is: command ..., env NAME, or file PATH; one "
     "line for each secret that is good."},
    {"fetch", IN_HOOK, SETTING_TEXT, NO, NULL, NULL, 0, 0,
     "For webhooks that carry ids only: a command that gets the event's body "
     "on its standard input and prints the records as JSON lines."},

    /* ats.out */
    {"name", IN_OUT, SETTING_WORD, YES, NULL, NULL, 0, 0,
     "What it is called in 'nurture ats outbox'."},
    {"url", IN_OUT, SETTING_URL, YES, NULL, NULL, 0, 0,
     "Where to: an https address; http on this computer only."},
    {"secret_from", IN_OUT, SETTING_TEXT, YES, NULL, NULL, 0, 0,
     "Where the signing secret (whsec_...) is: command ..., env NAME, or file "
     "PATH."},
    {"events", IN_OUT, SETTING_LIST, NO, NULL, NULL, 0, 0,
     "Which of replied, interested, unsubscribed, bounced, erased; all if not "
     "set."},
    {"scores", IN_OUT, SETTING_YES_NO, NO, "no", NULL, 0, 0,
     "Whether the engagement score goes along."},
    {NULL, 0, SETTING_TEXT, NO, NULL, NULL, 0, 0, NULL},
};
