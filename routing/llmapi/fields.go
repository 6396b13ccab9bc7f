package llmapi

import (
	"bytes"

	"sluice/routing/llmapi/jsonscan"
)

// RequestFields appends the members of the request in body to dst, in their order, those
// given twice included. remote reports that its messages show something by its address: an
// image, a file, whose content is not in the body. It passes over body once. An error is an
// [*Error]: body is not one JSON object, or has more members than any request. That the
// body is valid JSON is taken for granted: [Read] has seen it.
func RequestFields(body []byte, dst []jsonscan.Field) (fields []jsonscan.Field, remote bool, err error) {
	s := jsonscan.Scanner{Data: body, Valid: true}
	fields = s.Fields(dst, func(key []byte) {
		if string(key) == "messages" {
			remote = remoteIn(&s) || remote
		} else {
			s.Skip()
		}
	})
	if s.Err != nil {
		return dst, false, s.Err
	}
	return fields, remote, nil
}

// remoteIn passes a value and reports whether it shows something by its address. It looks
// where the providers' formats have contents and their sources, not into what tools are
// called with.
func remoteIn(s *jsonscan.Scanner) (found bool) {
	switch s.Peek() {
	case '[':
		for more := s.Enter(); more; more = s.More() {
			found = remoteIn(s) || found
		}
	case '{':
		for more := s.Enter(); more; more = s.More() {
			switch string(s.Key()) {
			case "url", "image_url", "file_url", "video_url", "audio_url":
				if s.Peek() == '"' {
					found = !isInline(s.Skip()) || found
					continue
				}
				found = remoteIn(s) || found
			case "content", "source", "file", "document":
				found = remoteIn(s) || found
			default:
				s.Skip()
			}
		}
	default:
		s.Skip()
	}
	return found
}

var inline = []byte(`"data:`)

// isInline reports whether the JSON string is an address that contains what it leads to.
func isInline(address []byte) bool {
	return len(address) >= len(inline) && bytes.EqualFold(address[:len(inline)], inline)
}
