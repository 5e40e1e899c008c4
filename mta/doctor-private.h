/* SPDX-License-Identifier: Apache-2.0 */
/* doctor-private -- one examination, and its checks. */
#ifndef MTA_DOCTOR_PRIVATE_H
#define MTA_DOCTOR_PRIVATE_H

#include "nurture/dns.h"
#include "nurture/doctor.h"

typedef struct {
    const DoctorOptions *o;
    const Workspace *workspace;
    Dns *dns;
    const char *check; /* that is running */
    char *ip;          /* that mail leaves from, as far as known; else NULL */
} Doctor;

void doctor_good(const Doctor *d, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* About `object`: a domain, a file, a server. */
Diagnostic *doctor_bad(const Doctor *d, const char *code, const char *object,
                       const char *format, ...) G_GNUC_PRINTF(4, 5);
/* The domain of an address of ours. Borrowed from it. */
const char *doctor_domain(const char *address);

void doctor_relay(Doctor *d); /* doctor.c: finds d->ip */
void doctor_spf(Doctor *d);   /* doctor_dns.c .. */
void doctor_dkim(Doctor *d);
void doctor_dmarc(Doctor *d);
void doctor_mx(Doctor *d);
void doctor_ptr(Doctor *d);
void doctor_one_click(Doctor *d); /* doctor_local.c .. */
void doctor_database(Doctor *d);
void doctor_files(Doctor *d);
void doctor_disk(Doctor *d);
void doctor_clock(Doctor *d);

#endif
