package sandbox

import "strconv"

// A snapshot is what a delivery held: the dashboard or insight at that time.
type snapshot map[string]any

// workflow is the scheduler's name of a delivery; test deliveries of one
// subscription share it, which keeps them apart.
func workflow(subscription int64, trigger string) string {
	if trigger == manual {
		return "test-delivery-subscription-" + strconv.FormatInt(subscription, 10)
	}
	return "handle-subscription-value-change-" + strconv.FormatInt(subscription, 10)
}

func (w *world) seedDeliveries() {}
