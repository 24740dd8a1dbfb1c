#!/bin/bash
# The node's network. Normally udev, or kube-proxy with its own modprobe, loads these modules.
set -euo pipefail
for module in virtio_net overlay br_netfilter nf_tables nf_conntrack veth; do modprobe "$module"; done
sysctl -qw net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1
ip addr add 10.99.0.2/24 dev eth0
ip link set eth0 up
ip route add default via 10.99.0.1
