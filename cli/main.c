/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the command table */
int
main(void)
{
    return 0;
}
