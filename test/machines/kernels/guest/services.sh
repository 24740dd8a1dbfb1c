# Services as kube-proxy makes them, dialled from the network namespace that translates: as root on a
# node, or as a pod with hostNetwork. Each leads from port 7000 to the pod's own port 7008.
# shellcheck shell=sh

# iptables_rules RESTORE SERVICE POD TARGET OTHER: the chains of kube-proxy's iptables mode, and the
# one rule that the other Service needs in its IPVS mode, because its clients are at its address
iptables_rules() {
	{
		echo '*nat'
		for chain in SERVICES SVC-WEB SEP-WEB MARK-MASQ POSTROUTING; do echo ":KUBE-$chain - [0:0]"; done
		echo '-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES'
		echo '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING'
		for protocol in tcp udp; do
			to="-p $protocol -m $protocol"
			echo "-A KUBE-SERVICES -d $2 $to --dport 7000 -j KUBE-SVC-WEB"
			echo "-A KUBE-SEP-WEB $to -j DNAT --to-destination $4"
		done
		echo "-A KUBE-SERVICES -d $5 -j KUBE-MARK-MASQ"
		echo '-A KUBE-SVC-WEB -j KUBE-MARK-MASQ'
		echo '-A KUBE-SVC-WEB -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-WEB'
		echo '-A KUBE-SVC-WEB -j KUBE-SEP-WEB'
		echo "-I KUBE-SEP-WEB -s $3 -j KUBE-MARK-MASQ"
		echo '-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000'
		echo '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN'
		echo '-A KUBE-POSTROUTING -j MARK --xor-mark 0x4000'
		echo '-A KUBE-POSTROUTING -j MASQUERADE --random-fully'
		echo COMMIT
	} | nsenter -t "$west" -n xtables-legacy-multi "$1"
}

# ipvs_service SERVICE TARGET: as in its IPVS mode, where a dummy device holds the addresses
ipvs_service() {
	for protocol in -t -u; do
		nsenter -t "$west" -n ipvsadm -A "$protocol" "$1" -s rr
		nsenter -t "$west" -n ipvsadm -a "$protocol" "$1" -r "$2" -m
	done
}

# use_service NAME SERVICE POD
use_service() {
	mkdir "$cgroups/$1" "$cgroups/$1-behind"
	for protocol in tcp udp; do
		echo "@@ $protocol.$1 $(inside "$1" nsenter -t "$west" -n transfer "$protocol" "$2" 100000 \
			"/proc/$east/ns/net" "$cgroups/$1-behind/cgroup.procs" "$3")"
	done
}

use_services() {
	nsenter -t "$west" -n sh -ec '
		ip route add 10.96.0.0/24 via 10.7.0.2
		ip route add fd96::/64 via fd07::2
		ip link add kube-ipvs0 type dummy
		ip addr add 10.96.0.2/32 dev kube-ipvs0
		ip addr add fd96::2/128 dev kube-ipvs0
	'
	iptables_rules iptables-restore 10.96.0.1/32 10.7.0.2/32 10.7.0.2:7008 10.96.0.2/32
	iptables_rules ip6tables-restore fd96::1/128 fd07::2/128 '[fd07::2]:7008' fd96::2/128
	nsenter -t "$west" -n sh -c 'echo 1 >/proc/sys/net/ipv4/vs/conntrack'
	ipvs_service 10.96.0.2:7000 10.7.0.2:7008
	ipvs_service '[fd96::2]:7000' '[fd07::2]:7008'
	use_service iptables4 10.96.0.1 10.7.0.2
	use_service iptables6 fd96::1 fd07::2
	use_service ipvs4 10.96.0.2 10.7.0.2
	use_service ipvs6 fd96::2 fd07::2
}
