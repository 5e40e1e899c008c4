/* SPDX-License-Identifier: Apache-2.0 */
/* maildir -- mail that another program puts into a folder.
 *
 * new/ and cur/ are read and never changed: flags, file names and who else
 * reads the mailbox mean nothing to us, and nothing is lost when they change.
 * What has been taken is known by the mail's own hash, in the store. inotify
 * says what is new; at the start, and when the kernel lost count, everything
 * is looked at. In between a small memory of files saves reading them again. */
#ifndef NURTURE_MAILDIR_H
#define NURTURE_MAILDIR_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Maildir Maildir;

/* Take one mail, unless it is known. False: it will be offered again. */
typedef bool (*MailTake)(gpointer data, GBytes *raw, GError **error);

/* A folder with new/ and cur/. NULL with ERROR_TEMPORARY when it cannot be
 * read now. */
Maildir *maildir_open(const char *path, GError **error);
void maildir_close(Maildir *maildir);
/* To poll for POLLIN. */
int maildir_fd(const Maildir *maildir);

/* Offer whatever is new since the last call; the first looks at everything. A
 * file that cannot be read or taken is logged, kept for the next call, and
 * stops no other. False with ERROR_TEMPORARY when the folder is gone. */
bool maildir_take(Maildir *maildir, MailTake take, gpointer data,
                  GError **error);

/* Each mail of a file in mbox form (mboxrd: ">From " loses one ">"). For
 * tests and for old archives; not followed. */
bool mbox_take(const char *path, MailTake take, gpointer data, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Maildir, maildir_close)

#endif
