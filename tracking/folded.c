/* SPDX-License-Identifier: Apache-2.0 */
/* folded.c - one spelling, its sentences and its language */
#include "folded.h"

#include <stdbool.h>
#include <string.h>

/* Lines this short were ended by their author, not by a mail program. */
enum { SHORT_LINE = 48 };

static bool
is_dropped(gunichar c)
{
    return c == 0xad || (c >= 0x200b && c <= 0x200f) || c == 0x2060 ||
           c == 0xfeff || (c >= 0x300 && c <= 0x36f) ||
           (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x64b && c <= 0x652) || c == 0x640; /* Arabic vowels */
}

static const char *
letter_spelling(gunichar c)
{
    switch (c) {
    case 0xdf:
        return "ss";
    case 0xe6:
        return "ae";
    case 0x153:
        return "oe";
    case 0xf8:
        return "o";
    case 0x142:
        return "l";
    case 0x111:
    case 0xf0:
        return "d";
    case 0x131:
        return "i";
    case 0x2026:
        return "...";
    case 0x2018:
    case 0x2019:
    case 0x201b:
    case 0x2bc:
    case 0xb4:
    case '`':
        return "'";
    case 0x201c:
    case 0x201d:
    case 0x201e:
    case 0xab:
    case 0xbb:
        return "\"";
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2212:
        return "-";
    case 0xff1f:
        return "?";
    case 0x3002: /* the full stop and the comma of Chinese and Japanese */
    case 0xff0e:
    case 0xff61:
        return ". ";
    case 0x3001:
    case 0xff0c:
        return ", ";
    case 0xff01:
        return "! ";
    case 0xff08:
        return "(";
    case 0xff09:
        return ")";
    case 0xff1a:
        return ":";
    case 0xff0f:
        return "/";
    case 0x301c:
    case 0xff5e:
        return "~";
    case 0xbf:
    case 0xa1:
        return " ";
    default:
        return NULL;
    }
}

static void
append_letter(GString *out, gunichar c)
{
    const char *spelling;
    gunichar base[18];

    if (c >= 0x80 && g_unichar_isdigit(c))
        c = (gunichar)('0' + g_unichar_digit_value(c));
    c = g_unichar_tolower(c);
    spelling = letter_spelling(c);
    if (spelling) {
        g_string_append(out, spelling);
        return;
    }
    if (c >= 0x80 && c < 0x1f00 &&
        g_unichar_fully_decompose(c, FALSE, base, G_N_ELEMENTS(base)) > 1 &&
        base[0] < 0x80)
        c = base[0];
    g_string_append_unichar(out, c);
}

char *
text_fold(const char *text, gsize limit)
{
    GString *out = g_string_new(NULL);
    const char *end = text + strnlen(text, limit);
    bool blank = true;

    for (const char *p = text; p < end; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (is_dropped(c) || c == '\r')
            continue;
        if (c == '\n' || c == 0x2028 || c == 0x2029) {
            if (out->len && out->str[out->len - 1] == ' ')
                g_string_truncate(out, out->len - 1);
            g_string_append_c(out, '\n');
            blank = true;
        } else if (g_unichar_isspace(c) || c == 0xa1 || c == 0xbf) {
            if (!blank)
                g_string_append_c(out, ' ');
            blank = true;
        } else {
            append_letter(out, c);
            blank = false;
        }
    }
    return g_string_free(out, FALSE);
}

static void
add_sentence(GPtrArray *sentences, GString *current)
{
    g_strstrip(current->str);
    if (current->str[0])
        g_ptr_array_add(sentences, g_strdup(current->str));
    g_string_truncate(current, 0);
}

/* A full stop ends no sentence behind a number or a single letter ("23. 3.",
 * "z. B."), nor inside a word, an address or a link. */
static bool
stop_ends(const char *start, const char *p)
{
    if (p[1] && p[1] != ' ' && p[1] != '\n' && p[1] != '"' && p[1] != ')')
        return false;
    if (p == start)
        return true;
    if (g_ascii_isdigit(p[-1]))
        return p[1] == '\0' || p[1] == '\n';
    return !(g_ascii_isalpha(p[-1]) &&
             (p - 1 == start || p[-2] == ' ' || p[-2] == '.'));
}

GPtrArray *
text_sentences(const char *folded)
{
    GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) current = g_string_new(NULL);
    const char *line = folded;

    for (const char *p = folded; *p; p++) {
        if (*p == '\n') {
            if (p - line < SHORT_LINE || p[1] == '\n')
                add_sentence(out, current);
            else
                g_string_append_c(current, ' ');
            line = p + 1;
        } else if (*p == '?') {
            g_string_append_c(current, '?');
            add_sentence(out, current);
        } else if (*p == '!' || *p == ';' ||
                   (*p == '.' && stop_ends(line, p))) {
            add_sentence(out, current);
        } else {
            g_string_append_c(current, *p);
        }
    }
    add_sentence(out, current);
    return out;
}

/* Little words that nearly every sentence of a language holds. A word that
 * two of our languages share counts for both. */
static const struct {
    const char *language, *words;
} little_words[] = {
    {"en", " the and you to of is i'm i am my not for it this your have with "
           "me be please are will at that on no do from i'll out but can if "
           "thanks thank been don't i've what how in would "},
    {"de", " der die das und ich nicht ist sie mich mir bitte ein eine fur von "
           "zu mit auf bin im den dem es wir haben ihre ihr ihnen danke vielen "
           "dank leider kein keine wie was aus bei bis ab am wieder nach noch "
           "habe hallo aber kann man mehr wenn uber nur sind meine mein wurde "
           "wurden unser unsere unserem unseren ihrem ihren "},
    {"fr",
     " le a la les de des et je ne pas est vous un une pour mon ma mes que "
     "qui du en au aux votre nous suis dans avec sur merci ce c'est j'ai "
     "plus bonjour mais il elle cette si cordialement quel quelle vos "
     "etre moi tout toute ou se poste bureau salaire entreprise travail est-il "
     "vers jusqu'au inclus mails "},
    {"es",
     " el a la los las de y no que en un una para por mi me su es con del "
     "al lo se estoy gracias pero como mas esta este muy si hola usted "
     "quiero puede mis hasta tengo soy yo ya sus le te cual vuestra "
     "trabajar trabajo puesto sueldo empresa remoto correo correos "},
    {"nl", " in uit werkt mevrouw meneer heer jij hij zij wordt dus de het een "
           "en ik niet is van je u voor op te met mijn dat dit er "
           "bij graag ben bedankt dank maar om zijn aan naar geen wel nog uw "
           "kan jullie heb wil hebben als deze meer wat hoe weer tot nu "},
    {"it", " il a la di e non che un una per mi sono con del della al in lo le "
           "grazie ma piu come si da mio mia ho questo questa gli dei alla "
           "vostra vi ti su nel salve buongiorno anche al sul questo vostro "},
    {"pt", " o a os as de e nao que em um uma para por me com do da no na se "
           "obrigado obrigada mas meu minha eu estou mais voce ao esta este "
           "isso sou tenho muito ate ola dos das pelo pela sua seu sobre quero "
           "trabalhar trabalho vaga empresa lista emails "},
    {"pl",
     " i nie w na z do sie jest to ze dla prosze dziekuje moje jestem za "
     "od po jak czy o ale mam moj mnie moja pan pani panstwa ten juz "
     "tym co moze bede przez dzien dobry tej oraz tego dziekuje pracy "
     "prace mnie wiecej wracam biura biurze urlopie nieobecny nieobecna "},
    {"sv", " och jag inte att det en ett ar for pa med till av som den har om "
           "mig kan tack ditt din du jag tillbaka ej eller "},
    {"da", " og jeg ikke at det en et er for pa med til af som den har om mig "
           "kan tak din dit du tilbage fra vil jeg "},
    {"nb", " og jeg ikke at det en et er for pa med til av som den har om meg "
           "kan takk din ditt du tilbake fra vil jeg "},
    {"fi", " hei moi vuosilomalla kesalomalla tavoitettavissa viikolla vastaan "
           "yhteytta asioissa ja en ole on olen se etta mutta kiitos "
           "viestistasi poissa takaisin "
           "toimistolta lomalla viestiisi asti saakka palaan toihin "},
    {"cs", " vas vase dovolenou dovolene navratu pripade kontaktujte kolegu "
           "email zpravu a se na je v ze to jsem s z do pro dekuji dobry den "
           "jsem budu "
           "nejsem mimo kancelar prosim "},
    {"hu", " koszonjuk levelet szives hivatali munkatarsam keresse legkozelebb "
           "heten leszek tol ig kozott a az es nem hogy koszonom van vagyok is "
           "egy level uzenet vissza "
           "szabadsagon ujra elerheto irodaban "},
    {"tr", " merhaba saygilarimla izinde degilim gunu olacagim mesajiniz icin "
           "e-posta acil durumlarda lutfen ve bir bu icin degil ofis disinda "
           "tarihine kadar tesekkurler "
           "izindeyim izinde ofise donecegim "},
    {"ro", " buna ziua mesajul concediu raspunde birou revin zile urgente si "
           "nu in la de pe cu este sunt pentru va multumesc voi din "},
};

enum { LANGUAGES = G_N_ELEMENTS(little_words) };

G_STATIC_ASSERT(LANGUAGES < 31);

/* word -> a bit for each language that has it */
static GHashTable *
word_languages(void)
{
    static GHashTable *words;

    if (words)
        return words;
    words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < LANGUAGES; i++) {
        g_auto(GStrv) list = g_strsplit(little_words[i].words, " ", -1);

        for (int n = 0; list[n]; n++) {
            guint bits = GPOINTER_TO_UINT(g_hash_table_lookup(words, list[n]));

            g_hash_table_insert(words, g_strdup(list[n]),
                                GUINT_TO_POINTER(bits | 1U << i));
        }
    }
    return words;
}

static void
count_word(const char *word, int score[LANGUAGES])
{
    guint bits = GPOINTER_TO_UINT(g_hash_table_lookup(word_languages(), word));

    for (int i = 0; bits; i++, bits >>= 1)
        score[i] += (int)(bits & 1);
}

static void
count_words(const char *folded, int score[LANGUAGES])
{
    char word[24];
    size_t n = 0;

    for (const char *p = folded;; p++) {
        if (g_ascii_isalpha(*p) || *p == '\'' || (*p & 0x80)) {
            if (n < sizeof word - 1)
                word[n++] = *p;
        } else {
            word[n] = 0;
            if (n)
                count_word(word, score);
            n = 0;
        }
        if (!*p)
            return;
    }
}

void
text_languages(const char *folded, const char *out[LANGUAGES_MAX + 1])
{
    int score[LANGUAGES] = {0}, top = 0;
    g_autofree char *start =
        g_utf8_substring(folded, 0, MIN(1500, g_utf8_strlen(folded, 6000)));

    count_words(start, score);
    for (int n = 0; n <= LANGUAGES_MAX; n++) {
        int best = -1;
        for (int i = 0; i < LANGUAGES; i++)
            if (score[i] > 0 && (best < 0 || score[i] > score[best]))
                best = i;
        out[n] = NULL;
        if (best < 0 || n == LANGUAGES_MAX)
            return;
        top = MAX(top, score[best]);
        if (top < 2 || score[best] * 2 <= top)
            return;
        out[n] = little_words[best].language;
        score[best] = 0;
    }
}
