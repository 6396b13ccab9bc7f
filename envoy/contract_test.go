package envoy_test

import (
	"os"
	"strings"
	"testing"

	"sluice/envoy"
)

func TestTestedVersion(t *testing.T) {
	pinned, err := os.ReadFile("../.envoy-version")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(string(pinned)); got != envoy.TestedVersion {
		t.Errorf("TestedVersion is %s, but .envoy-version is %s", envoy.TestedVersion, got)
	}
}
