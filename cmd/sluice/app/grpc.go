package app

import (
	"fmt"
	"runtime/debug"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/experimental"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
)

// A stream of ext_proc has a few messages, so most of its cost is gRPC's own. These
// settings were chosen with `make bench`.
const (
	messageExtra = 1 << 20   // room for what is beside the body in the longest message
	streamWindow = 4 << 20   // a body is one message: let it arrive without window updates
	connWindow   = 64 << 20  // Envoy opens few connections, one per worker thread
	connBuffer   = 256 << 10 // fewer system calls for long bodies, each way
	// By default gRPC closes a connection on which pings come more often than every five minutes.
	// Envoy's come every second.
	pingInterval = 100 * time.Millisecond
	// Workers keep their grown stacks. A stream beyond that number starts on a small stack
	// and pays for its growth.
	streamWorkers = 256
)

func init() {
	// By default gRPC takes a buffer of 1 MB for a message of 160 KB, and clears all of it
	// first; with sizes in between it takes 256 KB. The pool can be set only before its first use.
	pool, err := mem.NewBinaryTieredBufferPool(8, 10, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24)
	if err != nil {
		panic(fmt.Sprintf("buffer pool: %v", err)) // the exponents above are wrong
	}
	experimental.SetDefaultBufferPool(pool)
}

// newGRPC returns a server for request bodies of at most bodyLimit bytes.
func newGRPC(bodyLimit int, log *zap.Logger) *grpc.Server {
	return grpc.NewServer(
		grpc.MaxRecvMsgSize(bodyLimit+messageExtra),
		grpc.InitialWindowSize(streamWindow),
		grpc.InitialConnWindowSize(connWindow),
		grpc.ReadBufferSize(connBuffer),
		grpc.WriteBufferSize(connBuffer),
		grpc.NumStreamWorkers(streamWorkers),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: pingInterval, PermitWithoutStream: true}),
		grpc.WaitForHandlers(true), // a stream that is cut off still settles, before the stores close
		grpc.StreamInterceptor(recoverPanics(log)),
	)
}

// recoverPanics turns a panic into the failure of the one stream that caused it.
func recoverPanics(log *zap.Logger) grpc.StreamServerInterceptor {
	return func(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) (err error) {
		defer func() {
			if p := recover(); p != nil {
				log.Error("panic", zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
				err = status.Error(codes.Internal, "internal error")
			}
		}()
		return handler(srv, stream)
	}
}
