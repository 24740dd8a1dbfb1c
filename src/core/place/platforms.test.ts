import { describe, expect, test } from 'vitest';
import { placeOf, placesBy, type SharedPlace } from './place.ts';

const UID = '6f1d5b2a-0c3e-4d5f-8a9b-0123456789ab';
const UID_ = UID.replaceAll('-', '_');
/** Uid of a static pod: the hash of its manifest. */
const HASH = 'c4d7b1e0f2a34b5c6d7e8f9012345678';
const ID = '0123456789ab'.padEnd(64, 'c');
/** The container that is a node, or the podman pod of a container. */
const OUTER = 'ba9876543210'.padEnd(64, 'd');

const SLICE = `kubepods-burstable-pod${UID_}.slice`;
const BY_SYSTEMD = `/kubepods.slice/kubepods-burstable.slice/${SLICE}`;
const BY_CGROUPFS = `/kubepods/burstable/pod${UID}`;
/** The `cgroupRoot` of kind's kubelet, `/kubelet`. */
const OF_KIND = `kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-${SLICE}`;

type Expected = Partial<SharedPlace>;
type Layout = readonly (readonly [path: string, Expected])[];

const containerOf = (podUid: string, containerId = ID): Expected => ({
  kind: 'kubernetes',
  podUid,
  containerId,
});
const container = containerOf(UID);
const podItself = containerOf(UID, '');
const unit = (namespace: string, pod: string): Expected => ({ kind: 'unit', namespace, pod });
const service = (name: string): Expected => unit('system.slice', `${name}.service`);
const plain = (namespace: string, pod: string): Expected => ({ kind: 'cgroup', namespace, pod });
const engine = (namespace: string, containerId: string, pod = containerId): Expected => ({
  kind: 'container',
  namespace,
  pod: pod.slice(0, 12),
  podUid: '',
  containerId,
});
/** A helper of a container in another cgroup. It becomes the remainder of that container's pod. */
const servantOf = (servesId: string): Expected => ({ kind: 'container', container: '', servesId });

/** Paths from the root of a node's cgroup v2 hierarchy, as seen by its own Vigia. */
const NODES: Readonly<Record<string, Layout>> = {
  // https://kubernetes.io/docs/setup/production-environment/container-runtimes/#cgroup-drivers
  'kubeadm, containerd and kubelet with the systemd driver': [
    [`${BY_SYSTEMD}/cri-containerd-${ID}.scope`, container],
    [BY_SYSTEMD, podItself],
    [`/kubepods.slice/kubepods-pod${HASH}.slice/cri-containerd-${ID}.scope`, containerOf(HASH)],
    ['/system.slice/containerd.service', service('containerd')],
    ['/system.slice/kubelet.service', service('kubelet')],
  ],
  'kubeadm, containerd and kubelet with cgroupfs': [
    [`${BY_CGROUPFS}/${ID}`, container],
    [BY_CGROUPFS, podItself],
    [`/kubepods/burstable/pod${HASH}/${ID}`, containerOf(HASH)],
    ['/system.slice/containerd.service', service('containerd')],
  ],
  // The engine takes the systemd driver's "slice:prefix:name" as the name of one directory.
  'a kubelet with the systemd driver, an engine with cgroupfs': [
    [`/system.slice/containerd.service/${SLICE}:cri-containerd:${ID}`, container],
    [`/system.slice/k3s.service/${SLICE}:cri-containerd:${ID}`, container],
    [BY_SYSTEMD, podItself],
  ],
  // https://github.com/cri-o/cri-o/blob/main/internal/config/cgmgr/systemd_linux.go has the scopes,
  // crun's child of them, conmon's parent (the pod's slice or `conmon_cgroup`), and dropped infra.
  'CRI-O with the systemd driver': [
    [`${BY_SYSTEMD}/crio-${ID}.scope`, container],
    [`${BY_SYSTEMD}/crio-${ID}.scope/container`, container],
    [`${BY_SYSTEMD}/crio-${ID}`, container],
    [`${BY_SYSTEMD}/crio-conmon-${ID}.scope`, podItself],
    [`/system.slice/crio-conmon-${ID}.scope`, servantOf(ID)],
    ['/system.slice/crio.service', service('crio')],
  ],
  // https://github.com/cri-o/cri-o/blob/main/internal/config/cgmgr/cgroupfs_linux.go
  'CRI-O with cgroupfs': [
    [`${BY_CGROUPFS}/crio-${ID}`, container],
    [`${BY_CGROUPFS}/crio-conmon-${ID}`, podItself],
  ],
  // conmon_cgroup = "pod": https://github.com/openshift/machine-config-operator/pull/1296
  // Static pods with a uid of their own: https://github.com/openshift/library-go/pull/920; since
  // https://github.com/openshift/library-go/pull/1245 some have the hash again.
  OpenShift: [
    [`${BY_SYSTEMD}/crio-${ID}.scope/container`, container],
    [`${BY_SYSTEMD}/crio-conmon-${ID}.scope`, podItself],
    [`/kubepods.slice/kubepods-pod${HASH}.slice/crio-${ID}.scope/container`, containerOf(HASH)],
    ['/system.slice/kubelet.service', service('kubelet')],
  ],
  // The systemd driver where systemd started it: https://github.com/k3s-io/k3s/pull/5851
  // Shims in its service: https://github.com/k3s-io/k3s/issues/2502
  // `/k3s` without a service: https://github.com/k3s-io/k3s/blob/main/pkg/cgroups/cgroups_linux.go
  k3s: [
    [`${BY_SYSTEMD}/cri-containerd-${ID}.scope`, container],
    [`${BY_CGROUPFS}/${ID}`, container],
    ['/system.slice/k3s.service', service('k3s')],
    ['/system.slice/k3s-agent.service', service('k3s-agent')],
    ['/k3s', plain('', 'k3s')],
  ],
  // The driver of k3s: https://github.com/rancher/rke2/issues/3106
  RKE2: [
    [`${BY_SYSTEMD}/cri-containerd-${ID}.scope`, container],
    ['/system.slice/rke2-server.service', service('rke2-server')],
    ['/system.slice/rke2-agent.service', service('rke2-agent')],
  ],
  // No driver is named, which is cgroupfs:
  // https://github.com/canonical/microk8s/blob/master/microk8s-resources/default-args/kubelet
  // Names of services: https://github.com/canonical/microk8s/issues/4361
  MicroK8s: [
    [`${BY_CGROUPFS}/${ID}`, container],
    [
      '/system.slice/snap.microk8s.daemon-containerd.service',
      service('snap.microk8s.daemon-containerd'),
    ],
    [
      '/system.slice/snap.microk8s.daemon-kubelite.service',
      service('snap.microk8s.daemon-kubelite'),
    ],
  ],
  // cgroupfs: https://github.com/k0sproject/k0s/issues/6278
  // The kubelet's own: https://github.com/k0sproject/k0s/blob/main/pkg/component/worker/kubelet.go
  k0s: [
    [`${BY_CGROUPFS}/${ID}`, container],
    ['/system.slice/containerd.service', service('containerd')],
    ['/system.slice/k0sworker.service', service('k0sworker')],
  ],
  // https://www.talos.dev/v1.11/advanced/cgroups-analysis/ and
  // https://github.com/siderolabs/talos/blob/main/pkg/machinery/constants/constants.go
  Talos: [
    [`${BY_CGROUPFS}/${ID}`, container],
    [`/kubepods/burstable/pod${HASH}/${ID}`, containerOf(HASH)],
    ['/podruntime/runtime', plain('podruntime', 'runtime')],
    ['/podruntime/kubelet', plain('podruntime', 'kubelet')],
    ['/podruntime/etcd', plain('podruntime', 'etcd')],
    ['/system/apid', plain('system', 'apid')],
    ['/system/runtime', plain('system', 'runtime')],
    ['/init', plain('', 'init')],
  ],
  // https://github.com/bottlerocket-os/bottlerocket-core-kit/blob/develop/packages/kubernetes-1.31/kubelet-config
  // https://github.com/bottlerocket-os/bottlerocket/blob/develop/packages/release/runtime.slice
  // Host containers stay in the cgroup of their unit:
  // https://github.com/bottlerocket-os/bottlerocket/blob/develop/sources/host-ctr/cmd/host-ctr/main.go
  Bottlerocket: [
    [`${BY_SYSTEMD}/cri-containerd-${ID}.scope`, container],
    ['/runtime.slice/containerd.service', unit('runtime.slice', 'containerd.service')],
    ['/runtime.slice/kubelet.service', unit('runtime.slice', 'kubelet.service')],
    ['/system.slice/host-containers@admin.service/x', service('host-containers@admin')],
  ],
  // https://github.com/awslabs/amazon-eks-ami/blob/main/nodeadm/internal/kubelet/config.go
  // https://github.com/awslabs/amazon-eks-ami/tree/main/templates/al2023/runtime/rootfs/etc/systemd/system
  'EKS with Amazon Linux 2023': [
    [`${BY_SYSTEMD}/cri-containerd-${ID}.scope`, container],
    ['/runtime.slice/containerd.service', unit('runtime.slice', 'containerd.service')],
    ['/runtime.slice/kubelet.service', unit('runtime.slice', 'kubelet.service')],
  ],
  // SystemdCgroup: https://github.com/Azure/AgentBaker/pull/3400
  // kube.slice: https://github.com/Azure/AgentBaker/pull/8958
  AKS: [
    [`${BY_SYSTEMD}/cri-containerd-${ID}.scope`, container],
    ['/kube.slice/kubelet.service', unit('kube.slice', 'kubelet.service')],
    ['/kube.slice/containerd.service', unit('kube.slice', 'containerd.service')],
  ],
  // The systemd driver on cgroup v2: https://github.com/kubernetes/kubernetes/pull/111231
  'nodes of kube-up on Google Cloud': [[`${BY_SYSTEMD}/cri-containerd-${ID}.scope`, container]],
  // https://github.com/kubernetes-sigs/kind/issues/3947 and
  // https://github.com/kubernetes-sigs/kind/blob/main/images/base/files/usr/local/bin/create-kubelet-cgroup-v2
  kind: [
    [`/${OF_KIND}/cri-containerd-${ID}.scope`, container],
    [`/${OF_KIND}`, podItself],
    [`/kubelet${BY_CGROUPFS}/${ID}`, container],
    ['/kubelet.slice/kubelet.service', unit('kubelet.slice', 'kubelet.service')],
    ['/system.slice/containerd.service', service('containerd')],
  ],
  // https://github.com/k3s-io/k3s/issues/4085, `/init` is made by
  // https://github.com/k3d-io/k3d/blob/main/pkg/types/fixes/assets/k3d-entrypoint-cgroupv2.sh
  k3d: [
    [`${BY_CGROUPFS}/${ID}`, container],
    ['/k3s', plain('', 'k3s')],
    ['/init', plain('', 'init')],
  ],
  // https://github.com/kubernetes/minikube/issues/11280
  minikube: [
    [`${BY_SYSTEMD}/docker-${ID}.scope`, container],
    [`${BY_SYSTEMD}/crio-${ID}.scope`, container],
    ['/system.slice/kubelet.service', service('kubelet')],
  ],
  // From user reports; Docker documents no layout.
  'Kubernetes of Docker Desktop': [[`/kubepods${BY_CGROUPFS}/${ID}`, container]],
  // https://github.com/kata-containers/kata-containers/blob/main/docs/design/host-cgroups.md and
  // https://github.com/kata-containers/kata-containers/blob/main/src/runtime/pkg/resourcecontrol/cgroups.go:
  // the name with colons is used as it is on cgroup v2 where sandbox_cgroup_only is off.
  'Kata Containers': [
    [`${BY_CGROUPFS}/kata_${ID}`, container],
    [`${BY_SYSTEMD}/cri-containerd-${ID}.scope`, container],
    [`/${SLICE}:cri-containerd:${ID}`, container],
    [`/kata_overhead/${ID}`, servantOf(ID)],
  ],
  // https://github.com/podman-container-tools/podman/issues/13673 (pods),
  // https://github.com/podman-container-tools/podman/issues/6400 (without root) and
  // https://github.com/podman-container-tools/podman/issues/16589 (quadlet)
  'podman with systemd': [
    [`/machine.slice/libpod-${ID}.scope/container`, engine('machine.slice', ID)],
    [
      `/machine.slice/machine-libpod_pod_${OUTER}.slice/libpod-${ID}.scope/container`,
      engine('machine.slice', ID, OUTER),
    ],
    [
      `/user.slice/user-1000.slice/user@1000.service/user.slice/user-libpod_pod_${OUTER}.slice/libpod-${ID}.scope/container`,
      engine('user-1000.slice', ID, OUTER),
    ],
    [`/system.slice/web.service/libpod-payload-${ID}`, engine('system.slice', ID)],
    ['/system.slice/web.service/runtime', service('web')],
  ],
  'podman with cgroupfs': [
    [`/libpod_parent/libpod-${ID}`, engine('libpod_parent', ID)],
    [`/libpod_parent/${OUTER}/libpod-${ID}`, engine('libpod_parent', ID, OUTER)],
    [`/libpod_parent/${OUTER}/conmon`, engine('libpod_parent', '', OUTER)],
  ],
  // https://github.com/lxc/incus/pull/3684
  'LXC and Incus': [
    [
      '/lxc.payload.web/system.slice/a.service',
      { kind: 'container', namespace: 'lxc', pod: 'web' },
    ],
    ['/lxc.monitor.web', { kind: 'container', namespace: 'lxc', pod: 'web', container: '' }],
  ],
  // https://github.com/lxc/lxc/pull/3353: one cgroup has the limits, the one in it is the container's.
  'LXC of Proxmox VE': [['/lxc/100/ns', plain('lxc', '100')]],
};

describe.each(Object.entries(NODES))('%s', (_, layout) => {
  test.each(layout)('%s', (path, expected) => expect(placeOf(path)).toMatchObject(expected));
});

/** Nodes inside the host, as seen by a Vigia on the host. */
const NESTED: readonly (readonly [string, string, string, Expected])[] = [
  // https://github.com/kubernetes-sigs/kind/blob/main/pkg/cluster/internal/providers/docker/provision.go
  [
    'kind in docker',
    `/system.slice/docker-${OUTER}.scope/kubelet.slice/kubelet-kubepods.slice`,
    `/system.slice/docker-${OUTER}.scope/${OF_KIND}/cri-containerd-${ID}.scope`,
    engine('system.slice', OUTER),
  ],
  [
    'kind in podman',
    `/machine.slice/libpod-${OUTER}.scope/container/kubelet.slice`,
    `/machine.slice/libpod-${OUTER}.scope/container/${OF_KIND}/cri-containerd-${ID}.scope`,
    engine('machine.slice', OUTER),
  ],
  // https://kind.sigs.k8s.io/docs/user/rootless/
  [
    'kind in podman without root',
    `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${OUTER}.scope/container/kubelet.slice`,
    `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${OUTER}.scope/container/${OF_KIND}/cri-containerd-${ID}.scope`,
    engine('user-1000.slice', OUTER),
  ],
  // https://github.com/kubernetes/minikube/issues/11280
  [
    'minikube in docker with cgroupfs',
    `/docker/${OUTER}/kubepods.slice`,
    `/docker/${OUTER}${BY_SYSTEMD}/crio-${ID}.scope`,
    engine('docker', OUTER),
  ],
  // https://github.com/k3s-io/k3s/pull/3005
  [
    'k3s without root',
    '/user.slice/user-1001.slice/user@1001.service/k3s-rootless.service/kubepods',
    `/user.slice/user-1001.slice/user@1001.service/k3s-rootless.service/kubepods/pod${UID}/${ID}`,
    engine('user-1001.slice', ID),
  ],
  // https://github.com/rootless-containers/usernetes/pull/200
  [
    'usernetes',
    '/user.slice/user-1001.slice/user@1001.service/u7s-rootlesskit.service/kubepods',
    `/user.slice/user-1001.slice/user@1001.service/u7s-rootlesskit.service${BY_CGROUPFS}/${ID}`,
    engine('user-1001.slice', ID),
  ],
  // https://github.com/lxc/incus/pull/3684
  [
    'a node in Incus',
    '/lxc.payload.node/kubepods.slice',
    `/lxc.payload.node${BY_SYSTEMD}/cri-containerd-${ID}.scope`,
    { kind: 'container', namespace: 'lxc', pod: 'node' },
  ],
];

describe.each(NESTED)('%s, seen from the host', (_, kubeletRoot, path, unnamed) => {
  test('is one container, or containers of its user', () => {
    expect(placeOf(path)).toMatchObject(unnamed);
  });

  test('has pods below the configured --kubelet-root', () => {
    expect(placesBy({ kubeletRoot })(path)).toMatchObject(container);
  });
});

/** https://github.com/lxc/lxc/pull/3353, https://github.com/lxc/lxc/pull/2606 */
test.each([
  ['/lxc/100/ns/system.slice/nginx.service', 'lxc', '100'],
  [`/lxc/100/ns/docker/${'0'.repeat(64)}`, 'lxc', '100'],
  ['/lxc/100/ns/kubepods/podaaaa-1', 'lxc', '100'],
  ['/lxc.payload/c1/system.slice/a.service', 'lxc.payload', 'c1'],
  ['/lxc.payload/c1/kubepods/podaaaa-1', 'lxc.payload', 'c1'],
  ['/incus.payload/c1/kubepods/podaaaa-1', 'incus.payload', 'c1'],
])('an LXC guest keeps its own cgroups: %s', (path, namespace, pod) => {
  expect(placeOf(path)).toMatchObject({ kind: 'cgroup', namespace, pod, podUid: '' });
});
