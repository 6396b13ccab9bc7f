package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"sluice/routing/experiment"
)

// feedback is the body of POST /feedback. It has a rating or a thumb.
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
		return "", 0, errors.New("expected a single JSON object")
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
	return "", 0, fmt.Errorf("unknown thumb %q; expected up or down", *f.Thumb)
}

// Results of feedback, for sluice_feedback_total.
const (
	feedbackAccepted = "accepted"
	feedbackUnknown  = "unknown"  // no such request, or it is too old
	feedbackRejected = "rejected" // the body is not valid
	feedbackLost     = "lost"     // the store failed
)

// takeFeedback answers 202 if the rating was counted, 404 if no request of the last day
// that took part in an experiment has the id, and 400 if the body is not valid.
func (a *experimentAdmin) takeFeedback(w http.ResponseWriter, r *http.Request) {
	id, rating, err := readFeedback(http.MaxBytesReader(w, r.Body, maxFeedback))
	if err != nil {
		a.feedback.WithLabelValues(feedbackRejected).Inc()
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), storeTimeout)
	defer cancel()
	switch known, err := a.store.Rate(ctx, id, rating); {
	case err != nil:
		a.feedback.WithLabelValues(feedbackLost).Inc()
		writeError(w, http.StatusServiceUnavailable, "the experiment store is unavailable; send the feedback again later")
	case !known:
		a.feedback.WithLabelValues(feedbackUnknown).Inc()
		writeError(w, http.StatusNotFound, "no request of the last day that took part in an experiment has this request_id")
	default:
		a.feedback.WithLabelValues(feedbackAccepted).Inc()
		writeJSON(w, http.StatusAccepted, map[string]string{"status": "accepted"})
	}
}
