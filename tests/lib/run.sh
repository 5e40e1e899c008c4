#!/bin/sh
# run.sh TEST - one TAP program for prove: a shell script or a GTest binary.
# One that hangs is ended, so that the others still have their say.
case $1 in
*.sh) exec timeout -k 10 900 sh "$1" ;;
*) exec timeout -k 10 900 "$1" --tap ;;
esac
