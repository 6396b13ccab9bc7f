package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"sluice/routing/experiment"
)

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

// What became of feedback, as sluice_feedback_total has it.
const (
	feedbackAccepted = "accepted"
	feedbackUnknown  = "unknown"  // there is no such request, or its time is over
	feedbackRejected = "rejected" // it is no feedback
	feedbackLost     = "lost"     // the store failed
)

// takeFeedback answers 202 where the rating counts, 404 where no request of the last day
// that took part in an experiment has the id, and 400 where the body is no feedback.
func (a *experimentAdmin) takeFeedback(w http.ResponseWriter, r *http.Request) {
	id, rating, err := readFeedback(http.MaxBytesReader(w, r.Body, maxFeedback))
	if err != nil {
		a.feedback.WithLabelValues(feedbackRejected).Inc()
		sayError(w, http.StatusBadRequest, err.Error())
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), time.Second)
	defer cancel()
	switch known, err := a.store.Rate(ctx, id, rating); {
	case err != nil:
		a.feedback.WithLabelValues(feedbackLost).Inc()
		sayError(w, http.StatusServiceUnavailable, "feedback cannot be kept now; send it again later")
	case !known:
		a.feedback.WithLabelValues(feedbackUnknown).Inc()
		sayError(w, http.StatusNotFound, "no request of the last day that took part in an experiment has this request_id")
	default:
		a.feedback.WithLabelValues(feedbackAccepted).Inc()
		say(w, http.StatusAccepted, map[string]string{"status": "accepted"})
	}
}
