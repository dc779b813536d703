"""Gives the QEMU behind a monitor socket a tap of this network namespace, and prints the tap's name.

usage: tap.py SOCKET ID

A tap belongs to the namespace in which it was made; QEMU, which runs outside, is sent its file descriptor.
"""

import fcntl
import os
import socket
import struct
import sys

# linux/if_tun.h
TUNSETIFF = 0x400454CA
IFF_TAP = 0x0002
IFF_NO_PI = 0x1000

path, id = sys.argv[1:]
tap = os.open("/dev/net/tun", os.O_RDWR)
request = fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", b"tap%d", IFF_TAP | IFF_NO_PI))
name = request[:16].rstrip(b"\0").decode()

monitor = socket.socket(socket.AF_UNIX)
monitor.settimeout(10)
monitor.connect(path)
answers = monitor.makefile()
answers.readline()  # the greeting


def execute(command, arguments, descriptors=()):
    line = '{"execute": "%s", "arguments": {%s}}\n' % (command, arguments)
    socket.send_fds(monitor, [line.encode()], descriptors)
    for answer in answers:
        if '"error"' in answer:
            sys.exit("the emulator refused %s: %s" % (command, answer.strip()))
        if '"return"' in answer:
            return
    sys.exit("the emulator ended")


execute("qmp_capabilities", "")
execute("getfd", '"fdname": "%s"' % id, [tap])
execute("netdev_add", '"type": "tap", "id": "%s", "fd": "%s"' % (id, id))
print(name)
