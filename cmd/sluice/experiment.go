package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sluice/routing/config"
	"sluice/routing/experiment"
	"sluice/routing/state"
)

func experimentCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "experiment", Short: "Report on experiments, and tell whom new weights would move"}
	cmd.AddCommand(experimentReportCommand(), experimentMovesCommand())
	return cmd
}

func experimentReportCommand() *cobra.Command {
	var path, admin string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "report [NAME]",
		Short: "Compare the variants of the experiments, or of one, and say what may be concluded",
		Long: `Compare the variants of the experiments, or of one, and say what may be concluded.

The running service is asked, at the admin address of the configuration. Where none runs,
the state is read where the configuration keeps it: in a file, or in Redis.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			reports, err := askReports(cmd.Context(), path, admin)
			if err != nil {
				return err
			}
			if len(args) == 1 {
				if reports, err = oneReport(reports, args[0]); err != nil {
					return err
				}
			}
			if asJSON {
				return writeReports(cmd.OutOrStdout(), reports)
			}
			if len(reports) == 0 {
				fmt.Fprintln(cmd.OutOrStdout(), "no experiments are configured")
			}
			for i, r := range reports {
				if i > 0 {
					fmt.Fprintln(cmd.OutOrStdout())
				}
				if err := r.Print(cmd.OutOrStdout()); err != nil {
					return err
				}
			}
			return nil
		},
	}
	configFlag(cmd, &path)
	cmd.Flags().StringVar(&admin, "admin", "", "`address` of the running service's admin port (default: admin of the configuration)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func oneReport(reports []*experiment.Report, name string) ([]*experiment.Report, error) {
	known := make([]string, len(reports))
	for i, r := range reports {
		if known[i] = r.Experiment; known[i] == name {
			return reports[i : i+1], nil
		}
	}
	return nil, fmt.Errorf("unknown experiment %q; known: %s", name, strings.Join(known, ", "))
}

// reportTime bounds the reading of all counts for a report.
const reportTime = 10 * time.Second

// askReports asks the service at address, or that of the configuration at path; where the
// latter does not run, its state is read.
func askReports(ctx context.Context, path, address string) ([]*experiment.Report, error) {
	ctx, cancel := context.WithTimeout(ctx, reportTime)
	defer cancel()
	if address != "" {
		return fetchReports(ctx, address)
	}
	f, err := load(path)
	if err != nil {
		return nil, err
	}
	reports, err := fetchReports(ctx, f.Admin)
	refused, ok := errors.AsType[*net.OpError](err)
	if !ok || refused.Op != "dial" || f.State.Store == state.InMemory {
		return reports, err
	}
	return readReports(ctx, f)
}

// readReports reads the outcomes where the configuration keeps them. A file that is not
// there is not made.
func readReports(ctx context.Context, f *config.File) (reports []*experiment.Report, err error) {
	rt, err := config.Build(f)
	if err != nil {
		return nil, err
	}
	path := f.State.Path
	if f.State.Store == state.OnDisk {
		if path == "" {
			if path, err = state.DefaultPath(); err != nil {
				return nil, err
			}
		}
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("no service answers at %s, and no outcomes are kept: %w", f.Admin, err)
		}
	}
	stores, err := state.Open(state.Config{
		Store: f.State.Store, Path: path, Timeout: reportTime,
		Failed: func(string, error) {}, // calls return it as well
	})
	if err != nil {
		return nil, err
	}
	reports, err = analyse(ctx, rt.Experiments, stores.Experiments)
	return reports, errors.Join(err, stores.Close())
}

func fetchReports(ctx context.Context, address string) ([]*experiment.Report, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/experiments", http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("admin address %q: %w", address, err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no service answers at the admin address: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	const most = 16 << 20
	body, err := io.ReadAll(io.LimitReader(res.Body, most))
	if err != nil {
		return nil, fmt.Errorf("read the answer of %s: %w", address, err)
	}
	var answer struct {
		Experiments []*experiment.Report `json:"experiments"`
		Error       string               `json:"error"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s: %s", address, res.Status, answer.Error)
	}
	return answer.Experiments, nil
}

func experimentMovesCommand() *cobra.Command {
	var from, to string
	cmd := &cobra.Command{
		Use:   "moves --from OLD.yaml --to NEW.yaml",
		Short: "Tell how many units a new configuration moves to another variant, and how few it could",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			before, err := loadRuntime(from)
			if err != nil {
				return err
			}
			after, err := loadRuntime(to)
			if err != nil {
				return err
			}
			changes := experiment.Changes(before.Experiments, after.Experiments)
			if len(changes) == 0 {
				fmt.Fprintln(cmd.OutOrStdout(), "nobody moves: every experiment that is in both assigns and enrols as before")
			}
			for _, c := range changes {
				fmt.Fprintln(cmd.OutOrStdout(), c)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "configuration `file` in force")
	cmd.Flags().StringVar(&to, "to", "", "configuration `file` that is to replace it")
	for _, name := range []string{"from", "to"} {
		_ = cmd.MarkFlagRequired(name) // the flag exists
	}
	return cmd
}

// experimentHandlers adds POST /feedback and GET /experiments to the admin server.
func experimentHandlers(mux *http.ServeMux, current func() *config.Runtime, store experiment.Store) {
	mux.HandleFunc("POST /feedback", func(w http.ResponseWriter, r *http.Request) { takeFeedback(w, r, store) })
	mux.HandleFunc("GET /experiments", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), reportTime)
		defer cancel()
		w.Header().Set("content-type", "application/json")
		reports, err := analyse(ctx, current().Experiments, store)
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			_ = json.NewEncoder(w).Encode(map[string]string{"error": "the outcomes of experiments cannot be read now"})
			return
		}
		_ = writeReports(w, reports) // the client is gone
	})
}

func analyse(ctx context.Context, experiments []*experiment.Experiment, store experiment.Store) ([]*experiment.Report, error) {
	reports := make([]*experiment.Report, len(experiments))
	for i, e := range experiments {
		units, dropped, err := store.Units(ctx, e.Name)
		if err != nil {
			return nil, fmt.Errorf("experiment %s: %w", e.Name, err)
		}
		reports[i] = experiment.Analyse(e, units, dropped)
	}
	return reports, nil
}

func writeReports(w io.Writer, reports []*experiment.Report) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(map[string][]*experiment.Report{"experiments": reports})
}

// feedback is what POST /feedback takes: a rating or a thumb.
type feedback struct {
	RequestID string   `json:"request_id"` // x-sluice-request-id of the answer
	Rating    *float64 `json:"rating"`     // 0 to 1
	Thumb     *string  `json:"thumb"`      // up is 1, down is 0
}

// Bounds of feedback, in bytes.
const (
	maxFeedback  = 4 << 10
	maxRequestID = 256
)

func readFeedback(body io.Reader) (id string, rating float64, err error) {
	dec := json.NewDecoder(body)
	dec.DisallowUnknownFields()
	var f feedback
	if err := dec.Decode(&f); err != nil {
		return "", 0, fmt.Errorf(`expected {"request_id": …, "rating": 0 to 1} or "thumb": "up" or "down": %w`, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return "", 0, errors.New("expected one JSON object and nothing behind it")
	}
	if f.RequestID == "" || len(f.RequestID) > maxRequestID {
		return "", 0, fmt.Errorf("request_id: expected 1 to %d bytes, the x-sluice-request-id of an answer", maxRequestID)
	}
	switch {
	case (f.Rating == nil) == (f.Thumb == nil):
		return "", 0, errors.New("expected either rating or thumb")
	case f.Rating != nil:
		return f.RequestID, *f.Rating, experiment.CheckRating(*f.Rating)
	case *f.Thumb == "up":
		return f.RequestID, 1, nil
	case *f.Thumb == "down":
		return f.RequestID, 0, nil
	}
	return "", 0, fmt.Errorf("thumb %q is unknown; expected up or down", *f.Thumb)
}

// takeFeedback answers 202 where the rating counts, 404 where no request of the last day
// that took part in an experiment has the id, and 400 where the body is no feedback.
func takeFeedback(w http.ResponseWriter, r *http.Request, store experiment.Store) {
	say := func(status int, what, text string) {
		w.Header().Set("content-type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{what: text}) // the client is gone
	}
	id, rating, err := readFeedback(http.MaxBytesReader(w, r.Body, maxFeedback))
	if err != nil {
		say(http.StatusBadRequest, "error", err.Error())
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), time.Second)
	defer cancel()
	switch known, err := store.Rate(ctx, id, rating); {
	case err != nil:
		say(http.StatusServiceUnavailable, "error", "feedback cannot be kept now; send it again later")
	case !known:
		say(http.StatusNotFound, "error", "no request of the last day that took part in an experiment has this request_id")
	default:
		say(http.StatusAccepted, "status", "accepted")
	}
}
