#!/bin/sh
# run.sh TEST - one TAP program for prove: a shell script or a GTest binary
case $1 in
*.sh) exec sh "$1" ;;
*) exec "$1" --tap ;;
esac
