package bootstrap

import (
	"time"

	overloadv3 "github.com/envoyproxy/go-control-plane/envoy/config/overload/v3"
	connectionsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/resource_monitors/downstream_connections/v3"
	heapv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/resource_monitors/fixed_heap/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// Limits per request do not bound all requests together. So Envoy watches its heap, and gives up
// more and more of what it does the fuller that gets: first the waiting for clients that are
// slow or silent, then large requests over HTTP/2, then whatever is new. New connections wait in
// the kernel before any request is refused: over HTTP/1 Envoy closes the connection of a request
// that it refuses without reading the body, and many clients see a reset then, and no reply.

const (
	monitorHeap        = "envoy.resource_monitors.fixed_heap"
	monitorConnections = "envoy.resource_monitors.global_downstream_max_connections"

	overloadInterval = 100 * time.Millisecond // a fast network fills 100 MB in that time
	// largeStream is the least memory that makes a request large, as a power of two: 1 MiB.
	largeStream = 20
	// The heap that is free, but not given back to the system, beyond which Envoy does so.
	spareHeap = 32 << 20
)

// Shares of envoy.memory.
const (
	heapImpatient = 0.4 // clients get less and less time …
	heapHurried   = 0.7 // … down to impatience
	heapEvict     = 0.4 // of the large requests over HTTP/2, the largest are reset first …
	heapEvictAll  = 0.8 // … and here each of them
	heapWait      = 0.7 // new connections wait
	heapRefuse    = 0.8 // new requests are answered with 503
	heapAbort     = 0.9 // what still arrives is cut off
)

// With a full heap, how long Envoy waits for clients that send or read nothing, and how long it
// keeps connections without a request. Most clients give those up after five seconds by themselves;
// where Envoy is first, a request may be on its way already, and is lost.
const (
	impatience = 2 * time.Second
	heapIdle   = 15 * time.Second
)

func (r *renderer) overload() *overloadv3.OverloadManager {
	e := r.file.Envoy
	return &overloadv3.OverloadManager{
		RefreshInterval: duration(overloadInterval),
		ResourceMonitors: []*overloadv3.ResourceMonitor{
			monitor(monitorHeap, &heapv3.FixedHeapConfig{MaxHeapSizeBytes: uint64(e.Memory)}),
			monitor(monitorConnections, &connectionsv3.DownstreamConnectionsConfig{MaxActiveDownstreamConnections: int64(e.Connections)}),
		},
		BufferFactoryConfig: &overloadv3.BufferFactoryConfig{MinimumAccountToTrackPowerOfTwo: largeStream},
		Actions: []*overloadv3.OverloadAction{
			action("shrink_heap", above(heapImpatient), &overloadv3.ShrinkHeapConfig{
				TimerInterval: duration(time.Second), MaxUnfreedMemoryBytes: wrapperspb.UInt64(spareHeap),
			}),
			action("reduce_timeouts", between(heapImpatient, heapHurried), &overloadv3.ScaleTimersOverloadActionConfig{
				TimerScaleFactors: []*overloadv3.ScaleTimersOverloadActionConfig_ScaleTimer{
					atLeast(overloadv3.ScaleTimersOverloadActionConfig_HTTP_DOWNSTREAM_STREAM_IDLE, impatience),
					atLeast(overloadv3.ScaleTimersOverloadActionConfig_HTTP_DOWNSTREAM_STREAM_FLUSH, impatience),
					atLeast(overloadv3.ScaleTimersOverloadActionConfig_HTTP_DOWNSTREAM_CONNECTION_IDLE, heapIdle),
				},
			}),
			action("reset_high_memory_stream", between(heapEvict, heapEvictAll), nil),
			action("stop_accepting_connections", above(heapWait), nil),
			action("stop_accepting_requests", above(heapRefuse), nil),
			action("disable_http_keepalive", above(heapRefuse), nil),
		},
		LoadshedPoints: []*overloadv3.LoadShedPoint{
			shed("http1_server_abort_dispatch"),
			shed("http2_server_go_away_and_close_on_dispatch"),
		},
	}
}

func monitor(name string, m proto.Message) *overloadv3.ResourceMonitor {
	return &overloadv3.ResourceMonitor{Name: name, ConfigType: &overloadv3.ResourceMonitor_TypedConfig{TypedConfig: packed(m)}}
}

func action(name string, when *overloadv3.Trigger, settings proto.Message) *overloadv3.OverloadAction {
	a := &overloadv3.OverloadAction{Name: "envoy.overload_actions." + name, Triggers: []*overloadv3.Trigger{when}}
	if settings != nil {
		a.TypedConfig = packed(settings)
	}
	return a
}

func shed(point string) *overloadv3.LoadShedPoint {
	return &overloadv3.LoadShedPoint{Name: "envoy.load_shed_points." + point, Triggers: []*overloadv3.Trigger{above(heapAbort)}}
}

// above acts while more than the share of the heap is in use.
func above(share float64) *overloadv3.Trigger {
	return &overloadv3.Trigger{Name: monitorHeap, TriggerOneof: &overloadv3.Trigger_Threshold{Threshold: &overloadv3.ThresholdTrigger{Value: share}}}
}

// between acts the more, the more of the heap is in use.
func between(little, full float64) *overloadv3.Trigger {
	return &overloadv3.Trigger{Name: monitorHeap, TriggerOneof: &overloadv3.Trigger_Scaled{Scaled: &overloadv3.ScaledTrigger{
		ScalingThreshold: little, SaturationThreshold: full,
	}}}
}

// atLeast shortens a time-out down to least.
func atLeast(timer overloadv3.ScaleTimersOverloadActionConfig_TimerType, least time.Duration) *overloadv3.ScaleTimersOverloadActionConfig_ScaleTimer {
	return &overloadv3.ScaleTimersOverloadActionConfig_ScaleTimer{
		Timer:          timer,
		OverloadAdjust: &overloadv3.ScaleTimersOverloadActionConfig_ScaleTimer_MinTimeout{MinTimeout: duration(least)},
	}
}
