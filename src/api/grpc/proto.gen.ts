// Code generated from proto/ by tools/gen/proto.ts. DO NOT EDIT.

/** What protobufjs makes of the .proto files: the argument of its `Root.fromJSON`. */
export const descriptor = {
  "nested": {
    "vigia": {
      "nested": {
        "v1": {
          "nested": {
            "Vigia": {
              "methods": {
                "ListConnections": {
                  "requestType": "ListConnectionsRequest",
                  "responseType": "ListConnectionsResponse"
                },
                "ListFindings": {
                  "requestType": "ListFindingsRequest",
                  "responseType": "ListFindingsResponse"
                },
                "WatchFindings": {
                  "requestType": "ListFindingsRequest",
                  "responseType": "ListFindingsResponse",
                  "responseStream": true
                }
              }
            },
            "ListConnectionsRequest": {
              "fields": {
                "namespace": {
                  "type": "string",
                  "id": 1
                },
                "pod": {
                  "type": "string",
                  "id": 2
                },
                "peer": {
                  "type": "string",
                  "id": 3
                }
              }
            },
            "ListConnectionsResponse": {
              "fields": {
                "nodeName": {
                  "type": "string",
                  "id": 1,
                  "protoName": "node_name"
                },
                "snapshotSeconds": {
                  "type": "double",
                  "id": 2,
                  "protoName": "snapshot_seconds"
                },
                "connections": {
                  "rule": "repeated",
                  "type": "Connection",
                  "id": 3
                }
              }
            },
            "Connection": {
              "oneofs": {
                "_rttSeconds": {
                  "oneof": [
                    "rttSeconds"
                  ]
                },
                "_minRttSeconds": {
                  "oneof": [
                    "minRttSeconds"
                  ]
                },
                "_connectSeconds": {
                  "oneof": [
                    "connectSeconds"
                  ]
                }
              },
              "fields": {
                "namespace": {
                  "type": "string",
                  "id": 1
                },
                "pod": {
                  "type": "string",
                  "id": 2
                },
                "container": {
                  "type": "string",
                  "id": 3
                },
                "direction": {
                  "type": "Direction",
                  "id": 4
                },
                "protocol": {
                  "type": "Protocol",
                  "id": 5
                },
                "peerAddress": {
                  "type": "string",
                  "id": 6,
                  "protoName": "peer_address"
                },
                "port": {
                  "type": "uint32",
                  "id": 7
                },
                "openNow": {
                  "type": "uint64",
                  "id": 8,
                  "protoName": "open_now"
                },
                "attempts": {
                  "type": "uint64",
                  "id": 9
                },
                "established": {
                  "type": "uint64",
                  "id": 10
                },
                "failures": {
                  "type": "uint64",
                  "id": 11
                },
                "sent": {
                  "type": "Traffic",
                  "id": 12
                },
                "received": {
                  "type": "Traffic",
                  "id": 13
                },
                "retransmits": {
                  "type": "uint64",
                  "id": 14
                },
                "rttSeconds": {
                  "type": "double",
                  "id": 15,
                  "protoName": "rtt_seconds",
                  "options": {
                    "proto3_optional": true
                  }
                },
                "minRttSeconds": {
                  "type": "double",
                  "id": 16,
                  "protoName": "min_rtt_seconds",
                  "options": {
                    "proto3_optional": true
                  }
                },
                "connectSeconds": {
                  "type": "double",
                  "id": 17,
                  "protoName": "connect_seconds",
                  "options": {
                    "proto3_optional": true
                  }
                },
                "firstSeenSeconds": {
                  "type": "double",
                  "id": 18,
                  "protoName": "first_seen_seconds"
                },
                "lastSeenSeconds": {
                  "type": "double",
                  "id": 19,
                  "protoName": "last_seen_seconds"
                },
                "localAddress": {
                  "type": "string",
                  "id": 20,
                  "protoName": "local_address"
                },
                "peer": {
                  "type": "End",
                  "id": 21
                },
                "peerClass": {
                  "type": "PeerClass",
                  "id": 22,
                  "protoName": "peer_class"
                },
                "peerName": {
                  "type": "string",
                  "id": 23,
                  "protoName": "peer_name"
                },
                "reachedAddress": {
                  "type": "string",
                  "id": 24,
                  "protoName": "reached_address"
                },
                "reachedPort": {
                  "type": "uint32",
                  "id": 25,
                  "protoName": "reached_port"
                },
                "peerIdentity": {
                  "type": "Identity",
                  "id": 26,
                  "protoName": "peer_identity"
                },
                "reachedIdentity": {
                  "type": "Identity",
                  "id": 27,
                  "protoName": "reached_identity"
                }
              }
            },
            "Identity": {
              "fields": {
                "kind": {
                  "type": "IdentityKind",
                  "id": 1
                },
                "namespace": {
                  "type": "string",
                  "id": 2
                },
                "name": {
                  "type": "string",
                  "id": 3
                },
                "workload": {
                  "type": "string",
                  "id": 4
                }
              }
            },
            "End": {
              "fields": {
                "namespace": {
                  "type": "string",
                  "id": 1
                },
                "pod": {
                  "type": "string",
                  "id": 2
                },
                "container": {
                  "type": "string",
                  "id": 3
                }
              }
            },
            "Traffic": {
              "fields": {
                "bytes": {
                  "type": "uint64",
                  "id": 1
                },
                "segments": {
                  "type": "uint64",
                  "id": 2
                }
              }
            },
            "Direction": {
              "values": {
                "DIRECTION_UNSPECIFIED": 0,
                "DIRECTION_OUTBOUND": 1,
                "DIRECTION_INBOUND": 2
              }
            },
            "PeerClass": {
              "values": {
                "PEER_CLASS_UNSPECIFIED": 0,
                "PEER_CLASS_NODE": 1,
                "PEER_CLASS_CLUSTER": 2,
                "PEER_CLASS_PRIVATE": 3,
                "PEER_CLASS_INTERNET": 4,
                "PEER_CLASS_ZONE": 5,
                "PEER_CLASS_REGION": 6
              }
            },
            "IdentityKind": {
              "values": {
                "IDENTITY_KIND_UNSPECIFIED": 0,
                "IDENTITY_KIND_POD": 1,
                "IDENTITY_KIND_SERVICE": 2,
                "IDENTITY_KIND_NODE": 3,
                "IDENTITY_KIND_APISERVER": 4
              }
            },
            "Protocol": {
              "values": {
                "PROTOCOL_UNSPECIFIED": 0,
                "PROTOCOL_TCP": 1,
                "PROTOCOL_UDP": 2,
                "PROTOCOL_OTHER": 3
              }
            },
            "ListFindingsRequest": {
              "fields": {
                "namespace": {
                  "type": "string",
                  "id": 1
                },
                "pod": {
                  "type": "string",
                  "id": 2
                },
                "minScore": {
                  "type": "uint32",
                  "id": 3,
                  "protoName": "min_score"
                }
              }
            },
            "ListFindingsResponse": {
              "fields": {
                "nodeName": {
                  "type": "string",
                  "id": 1,
                  "protoName": "node_name"
                },
                "snapshotSeconds": {
                  "type": "double",
                  "id": 2,
                  "protoName": "snapshot_seconds"
                },
                "findings": {
                  "rule": "repeated",
                  "type": "Finding",
                  "id": 3
                },
                "isLooking": {
                  "type": "bool",
                  "id": 4,
                  "protoName": "is_looking"
                }
              }
            },
            "Finding": {
              "fields": {
                "namespace": {
                  "type": "string",
                  "id": 1
                },
                "pod": {
                  "type": "string",
                  "id": 2
                },
                "kind": {
                  "type": "PodKind",
                  "id": 3
                },
                "workload": {
                  "type": "string",
                  "id": 4
                },
                "score": {
                  "type": "uint32",
                  "id": 5
                },
                "verdict": {
                  "type": "Verdict",
                  "id": 6
                },
                "firstSeconds": {
                  "type": "double",
                  "id": 7,
                  "protoName": "first_seconds"
                },
                "lastSeconds": {
                  "type": "double",
                  "id": 8,
                  "protoName": "last_seconds"
                },
                "evidence": {
                  "rule": "repeated",
                  "type": "Evidence",
                  "id": 9
                }
              }
            },
            "Evidence": {
              "oneofs": {
                "_pid": {
                  "oneof": [
                    "pid"
                  ]
                },
                "_command": {
                  "oneof": [
                    "command"
                  ]
                },
                "_peer": {
                  "oneof": [
                    "peer"
                  ]
                },
                "_port": {
                  "oneof": [
                    "port"
                  ]
                }
              },
              "fields": {
                "signal": {
                  "type": "string",
                  "id": 1
                },
                "says": {
                  "type": "string",
                  "id": 2
                },
                "points": {
                  "type": "uint32",
                  "id": 3
                },
                "count": {
                  "type": "uint64",
                  "id": 4
                },
                "firstSeconds": {
                  "type": "double",
                  "id": 5,
                  "protoName": "first_seconds"
                },
                "lastSeconds": {
                  "type": "double",
                  "id": 6,
                  "protoName": "last_seconds"
                },
                "detail": {
                  "type": "string",
                  "id": 7
                },
                "container": {
                  "type": "string",
                  "id": 8
                },
                "pid": {
                  "type": "uint32",
                  "id": 9,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "command": {
                  "type": "string",
                  "id": 10,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "peer": {
                  "type": "string",
                  "id": 11,
                  "options": {
                    "proto3_optional": true
                  }
                },
                "port": {
                  "type": "uint32",
                  "id": 12,
                  "options": {
                    "proto3_optional": true
                  }
                }
              }
            },
            "Verdict": {
              "values": {
                "VERDICT_UNSPECIFIED": 0,
                "VERDICT_MINING": 1,
                "VERDICT_SUSPICIOUS": 2,
                "VERDICT_NOTED": 3,
                "VERDICT_ALLOWED": 4
              }
            },
            "PodKind": {
              "values": {
                "POD_KIND_UNSPECIFIED": 0,
                "POD_KIND_KUBERNETES": 1,
                "POD_KIND_CONTAINER": 2,
                "POD_KIND_UNIT": 3,
                "POD_KIND_CGROUP": 4
              }
            }
          }
        }
      }
    }
  }
} as const;
