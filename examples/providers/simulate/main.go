// Command simulate runs one simulated provider of language models on a port of its own.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"sluice/examples/providers"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8000", "`address` to serve on")
	models := flag.String("models", "", "comma-separated `names` of the models that exist; empty accepts every name")
	header := flag.String("header", "", "request `header` that must carry the credential; empty accepts everyone")
	credential := flag.String("credential", "", "`value` that the header must have")
	polls := flag.Int("batch-polls", 2, "how often a batch is asked for before it ends")
	wait := flag.Duration("batch-time", 0, "how long a batch takes at least")
	flag.Parse()

	options := providers.Options{Header: *header, Credential: *credential, Batch: providers.Batch{Polls: *polls, Time: *wait}}
	if *models != "" {
		options.Models = strings.Split(*models, ",")
	}
	if err := run(*listen, options); err != nil {
		fmt.Fprintln(os.Stderr, "simulate:", err)
		os.Exit(1)
	}
}

// run serves until the process is told to stop.
func run(address string, options providers.Options) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	s := providers.New(options)
	s.Start(l)
	fmt.Printf("OpenAI's format at http://%s/v1, Anthropic's at http://%s\n", l.Addr(), l.Addr())
	<-ctx.Done()
	return s.Close()
}
