/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the command table */
#include "cli.h"

#include <string.h>

int
main(int argc, char **argv)
{
    CliContext cli = {.directory = "."};
    int kept = 1;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            cli.json = true;
        else
            argv[kept++] = argv[i];
    }
    argv[kept] = NULL;
    if (kept > 1 && strcmp(argv[1], "inspect") == 0)
        return cmd_inspect(kept - 1, argv + 1, &cli);
    return cli_usage("help", "no such command");
}
