package main

import (
	"fmt"
	"runtime/debug"

	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/experimental"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
)

// A conversation with Envoy is a few messages long, so most of its price is gRPC's. What
// is set here and by collectorFloor was measured with `make bench`.

const (
	messageExtra = 1 << 20   // room beside the body in the longest message
	streamWindow = 4 << 20   // a body is one message: let it arrive without waiting for updates
	connWindow   = 64 << 20  // of the few connections that Envoy opens, one per thread
	connBuffer   = 256 << 10 // fewer system calls for a long body, each way
	// Each conversation would otherwise begin on a small stack of its own and pay for its
	// growth. Beyond that many at once they do.
	streamWorkers = 256
	// collectorFloor is memory that nobody touches, so that it takes up none. The garbage
	// collector counts it nevertheless, and runs when the heap has doubled: without it the
	// few megabytes that Sluice keeps would bring it about every hundred requests.
	collectorFloor = 64 << 20
)

func init() {
	// gRPC takes a message of 160 KB from its pool in a megabyte, and clears all of it
	// first; with sizes in between, a quarter. It can be told only before it is used.
	pool, err := mem.NewBinaryTieredBufferPool(8, 10, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24)
	if err != nil {
		panic(fmt.Sprintf("buffer pool: %v", err)) // the exponents above
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
		grpc.WaitForHandlers(true), // they settle what was cut off, in stores that are closed behind them
		grpc.StreamInterceptor(recoverPanics(log)),
	)
}

// recoverPanics turns a bug that one request meets into the failure of that request.
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
